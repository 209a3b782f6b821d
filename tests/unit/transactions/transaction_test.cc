// Transactions as records, next to Kafka's own, and who may still ask.
#include "transactions/transaction.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "wire/messages/transaction_log_key.h"
#include "wire/record_codec.h"

namespace streamline::transactions {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(std::byte(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

std::string to_hex(ByteView bytes) {
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x}", static_cast<int>(byte));
  return hex;
}

std::string encoded(const Transaction& transaction) {
  Arena arena;
  return to_hex(wire::encode_versioned(logged(transaction, arena), wire::TransactionLogValue::kMaxVersion));
}

Result<Transaction> decoded(std::string_view hex) {
  Arena arena;
  const auto bytes = from_hex(hex);
  const auto value = wire::decode_versioned<wire::TransactionLogValue>(bytes, arena);
  REQUIRE(value);
  return transaction_of(*value);
}

/// As Apache Kafka 4.3.1 wrote it.
constexpr std::string_view kEmpty = "0001000000000000001100000000ea600000000001a1ff5ca738ffffffffffffffff0100080000000000000011";
constexpr std::string_view kOngoing =
    "000100000000000000117ffe0000ea6001020274020000000000000001a1ff5cc74a000001a1ff5cc74a020008000000000000001102020002";
constexpr std::string_view kPrepared =
    "000100000000000000117fff0000ea6002020274020000000000000001a1ff5cc74b000001a1ff5cc74a0300080000000000000011010800000000000000"
    "1202020002";
constexpr std::string_view kComplete = "0001000000000000001200000000ea600401000001a1ff5cc74c000001a1ff5cc74a020008000000000000001102020002";

Transaction prepared_one() {
  Transaction transaction{.state = State::prepare_commit,
                          .protocol = Protocol::bumping,
                          .producer = {.id = ProducerId(17), .epoch = 32767},
                          .previous_producer_id = ProducerId(17),
                          .next_producer_id = ProducerId(18),
                          .timeout_ms = 60'000,
                          .start_ms = 1795285632842,
                          .last_update_ms = 1795285632843};
  transaction.partitions.add("t", 0);
  return transaction;
}

TEST_CASE("a record is what Kafka writes, byte for byte") {
  CHECK(encoded(prepared_one()) == kPrepared);
  CHECK(decoded(kPrepared).value() == prepared_one());
}

TEST_CASE("records of Kafka in every shape come back as they were") {
  for (const std::string_view hex : {kEmpty, kOngoing, kPrepared, kComplete}) {
    const auto transaction = decoded(hex);
    REQUIRE(transaction);
    CHECK(encoded(*transaction) == hex);
  }
}

TEST_CASE("a record of version 0 has no producer before or after") {
  const auto transaction = decoded("0000000000000000000500070000271001000000010001740000000100000002000001a1ff5ca738000001a1ff5ca738");
  REQUIRE(transaction);
  CHECK(transaction->state == State::ongoing);
  CHECK(transaction->producer == Producer{.id = ProducerId(5), .epoch = 7});
  CHECK(transaction->previous_producer_id == kNoProducerId);
  CHECK(transaction->next_producer_id == kNoProducerId);
  CHECK(transaction->protocol == Protocol::classic);
  CHECK(transaction->partitions.contains("t", 2));
}

TEST_CASE("a state that no record may hold is refused with its number") {
  for (const int number : {-1, 6, 7, 100}) {
    const auto transaction = transaction_of({.transaction_status = std::int8_t(number)});
    REQUIRE_FALSE(transaction);
    CHECK(transaction.error().code == Errc::malformed);
    CHECK(transaction.error().text.find(std::to_string(number)) != std::string::npos);
  }
}

TEST_CASE("partitions are kept in order, each once") {
  Partitions partitions;
  CHECK(partitions.empty());
  for (const int partition : {2, 0, 1, 2}) partitions.add("u", partition);
  partitions.add("t", 5);
  CHECK(partitions.count() == 4);
  REQUIRE(partitions.topics().size() == 2);
  CHECK(partitions.topics()[0] == TopicPartitions{.topic = "t", .partitions = {5}});
  CHECK(partitions.topics()[1] == TopicPartitions{.topic = "u", .partitions = {0, 1, 2}});
  CHECK(partitions.contains("u", 1));
  CHECK_FALSE(partitions.contains("t", 1));
  CHECK_FALSE(partitions.contains("s", 1));
  partitions.clear();
  CHECK(partitions.empty());
  CHECK(partitions.count() == 0);
}

TEST_CASE("who had the epoch before is known while he may still ask") {
  const Producer now{.id = ProducerId(5), .epoch = 3};
  const auto asks = [](const Transaction& transaction, std::int64_t id, int epoch) {
    return transaction.was_held_by({.id = ProducerId(id), .epoch = std::int16_t(epoch)});
  };
  const Transaction nobody{.producer = now};
  CHECK_FALSE(asks(nobody, 5, 2));
  CHECK_FALSE(asks(nobody, -1, -1));
  const Transaction itself{.producer = now, .previous_producer_id = ProducerId(5)};
  CHECK(asks(itself, 5, 2));
  CHECK_FALSE(asks(itself, 5, 3));
  CHECK_FALSE(asks(itself, 5, 1));
  CHECK_FALSE(asks(itself, 4, 2));
  const Transaction another{.producer = {.id = ProducerId(5), .epoch = 0}, .previous_producer_id = ProducerId(4)};
  CHECK(asks(another, 4, kLastEpoch));
  CHECK_FALSE(asks(another, 4, kLastEpoch - 1));
  CHECK_FALSE(asks(another, 5, -1));
  const Transaction highest{.producer = {.id = ProducerId(5), .epoch = 32767}, .previous_producer_id = ProducerId(5)};
  CHECK(asks(highest, 5, kLastEpoch));
  CHECK_FALSE(asks(highest, 5, -32768));
}

}  // namespace
}  // namespace streamline::transactions
