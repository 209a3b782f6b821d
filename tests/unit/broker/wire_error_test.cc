// One row per code of ours: what a client is told.
#include "broker/wire_error.h"

#include <catch2/catch.hpp>
#include <set>

using namespace streamline;
using wire::ErrorCode;

namespace {
struct Row {
  Errc code;
  ErrorCode told;
};
constexpr Row kRows[] = {
    {Errc::invalid_argument, ErrorCode::invalid_request},
    {Errc::out_of_range, ErrorCode::invalid_request},
    {Errc::too_large, ErrorCode::message_too_large},
    {Errc::unsupported, ErrorCode::unsupported_version},
    {Errc::malformed, ErrorCode::invalid_request},
    {Errc::corrupt, ErrorCode::corrupt_message},
    {Errc::not_found, ErrorCode::unknown_topic_or_partition},
    {Errc::already_exists, ErrorCode::topic_already_exists},
    {Errc::conflict, ErrorCode::invalid_request},
    {Errc::fenced, ErrorCode::fenced_leader_epoch},
    {Errc::closed, ErrorCode::unknown_topic_or_partition},
    {Errc::timed_out, ErrorCode::request_timed_out},
    {Errc::io, ErrorCode::kafka_storage_error},
    {Errc::no_space, ErrorCode::kafka_storage_error},
    {Errc::too_many_files, ErrorCode::kafka_storage_error},
    {Errc::permission, ErrorCode::kafka_storage_error},
    {Errc::locked, ErrorCode::kafka_storage_error},
    {Errc::invalid_record, ErrorCode::invalid_record},
    {Errc::invalid_timestamp, ErrorCode::invalid_timestamp},
    {Errc::record_list_too_large, ErrorCode::record_list_too_large},
    {Errc::unsupported_codec, ErrorCode::unsupported_compression_type},
    {Errc::out_of_order_sequence, ErrorCode::out_of_order_sequence_number},
    {Errc::invalid_producer_epoch, ErrorCode::invalid_producer_epoch},
    {Errc::invalid_txn_state, ErrorCode::invalid_txn_state},
    {Errc::coordinator_fenced, ErrorCode::transaction_coordinator_fenced},
    {Errc::offset_out_of_range, ErrorCode::offset_out_of_range},
    {Errc::fenced_leader_epoch, ErrorCode::fenced_leader_epoch},
    {Errc::unknown_leader_epoch, ErrorCode::unknown_leader_epoch},
    {Errc::invalid_config, ErrorCode::invalid_config},
    {Errc::invalid_topic_name, ErrorCode::invalid_topic_exception},
    {Errc::invalid_partitions, ErrorCode::invalid_partitions},
    {Errc::invalid_replication_factor, ErrorCode::invalid_replication_factor},
    {Errc::invalid_replica_assignment, ErrorCode::invalid_replica_assignment},
};
}  // namespace

TEST_CASE("every code of ours has its code of Kafka's") {
  std::set<Errc> seen;
  for (const Row& row : kRows) {
    CAPTURE(to_string(row.code));
    CHECK(broker::wire_error(row.code) == row.told);
    seen.insert(row.code);
  }
  // Codes are numbered without gaps: one without a row would be found here by having a name.
  for (int number = 0; to_string(static_cast<Errc>(number)) != "unknown"; ++number) {
    CAPTURE(to_string(static_cast<Errc>(number)));
    CHECK(seen.contains(static_cast<Errc>(number)));
  }
}

TEST_CASE("what the disk refuses is told as an error that clients try again on") {
  for (const Errc code : {Errc::io, Errc::no_space, Errc::too_many_files}) CHECK(wire::is_retriable(broker::wire_error(code)));
}
