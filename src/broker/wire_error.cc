// Every code of ours and what a client is told.
#include "broker/wire_error.h"

namespace streamline::broker {

using wire::ErrorCode;

ErrorCode wire_error(Errc code) {
  switch (code) {
    case Errc::invalid_argument: return ErrorCode::invalid_request;
    case Errc::out_of_range: return ErrorCode::invalid_request;
    case Errc::too_large: return ErrorCode::message_too_large;
    case Errc::unsupported: return ErrorCode::unsupported_version;
    case Errc::malformed: return ErrorCode::invalid_request;
    case Errc::corrupt: return ErrorCode::corrupt_message;
    case Errc::not_found: return ErrorCode::unknown_topic_or_partition;
    case Errc::already_exists: return ErrorCode::topic_already_exists;
    case Errc::conflict: return ErrorCode::invalid_request;
    case Errc::fenced: return ErrorCode::fenced_leader_epoch;
    case Errc::closed: return ErrorCode::unknown_topic_or_partition;
    case Errc::timed_out: return ErrorCode::request_timed_out;
    case Errc::io:
    case Errc::no_space:
    case Errc::too_many_files:
    case Errc::permission:
    case Errc::locked: return ErrorCode::kafka_storage_error;
    case Errc::invalid_record: return ErrorCode::invalid_record;
    case Errc::invalid_timestamp: return ErrorCode::invalid_timestamp;
    case Errc::record_list_too_large: return ErrorCode::record_list_too_large;
    case Errc::unsupported_codec: return ErrorCode::unsupported_compression_type;
    case Errc::out_of_order_sequence: return ErrorCode::out_of_order_sequence_number;
    case Errc::invalid_producer_epoch: return ErrorCode::invalid_producer_epoch;
    case Errc::invalid_txn_state: return ErrorCode::invalid_txn_state;
    case Errc::coordinator_fenced: return ErrorCode::transaction_coordinator_fenced;
    case Errc::offset_out_of_range: return ErrorCode::offset_out_of_range;
    case Errc::fenced_leader_epoch: return ErrorCode::fenced_leader_epoch;
    case Errc::unknown_leader_epoch: return ErrorCode::unknown_leader_epoch;
    case Errc::invalid_config: return ErrorCode::invalid_config;
    case Errc::invalid_topic_name: return ErrorCode::invalid_topic_exception;
    case Errc::invalid_partitions: return ErrorCode::invalid_partitions;
    case Errc::invalid_replication_factor: return ErrorCode::invalid_replication_factor;
    case Errc::invalid_replica_assignment: return ErrorCode::invalid_replica_assignment;
  }
  return ErrorCode::unknown_server_error;
}

wire::ErrorCode epoch_error(LeaderEpoch claimed, LeaderEpoch current) {
  if (claimed.value < 0 || claimed == current) return wire::ErrorCode::none;
  return claimed < current ? wire::ErrorCode::fenced_leader_epoch : wire::ErrorCode::unknown_leader_epoch;
}

}  // namespace streamline::broker
