// End markers next to Kafka's own, and what is none.
#include "record/end_marker.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;

namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(std::byte(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// The commit of producer 7 and the abort after it, as they lie in the log of Apache Kafka 4.3.1.
constexpr std::string_view kCommit =
    "00000000000000000000004200000000029f5648c1003000000000000001a1ff5aba90000001a1ff5aba9000000000000000070000ffffffff00000001"
    "2000000008000000010c00000000000000";
constexpr std::string_view kAbort =
    "00000000000000010000004200000000028fd0ca64003000000000000001a1ff5abafa000001a1ff5abafa00000000000000070001ffffffff00000001"
    "2000000008000000000c00000000000000";

std::vector<std::byte> control_batch(std::optional<std::string> key, std::optional<std::string> value) {
  BatchOptions options;
  options.transactional = true;
  options.control = true;
  return build({{1, std::move(key), std::move(value), {}}}, options);
}

}  // namespace

TEST_CASE("a marker is what Kafka writes, byte for byte") {
  auto commit = encode_end_marker({.producer_id = ProducerId(7), .producer_epoch = 0, .end = TransactionEnd::commit}, 0x1a1ff5aba90);
  patch_leader_epoch(commit.data(), LeaderEpoch(0));
  CHECK(commit == from_hex(kCommit));
  auto abort = encode_end_marker({.producer_id = ProducerId(7), .producer_epoch = 1, .end = TransactionEnd::abort}, 0x1a1ff5abafa);
  patch_leader_epoch(abort.data(), LeaderEpoch(0));
  patch_base_offset(abort.data(), Offset(1));
  CHECK(abort == from_hex(kAbort));
}

TEST_CASE("markers of Kafka are read") {
  CHECK(read_end_marker(from_hex(kCommit)).value() ==
        EndMarker{.producer_id = ProducerId(7), .producer_epoch = 0, .end = TransactionEnd::commit});
  CHECK(read_end_marker(from_hex(kAbort)).value() ==
        EndMarker{.producer_id = ProducerId(7), .producer_epoch = 1, .end = TransactionEnd::abort});
}

TEST_CASE("the coordinator's epoch goes along") {
  const EndMarker marker{
      .producer_id = ProducerId(1), .producer_epoch = 32767, .end = TransactionEnd::abort, .coordinator_epoch = 0x01020304};
  CHECK(read_end_marker(encode_end_marker(marker, 5)).value() == marker);
}

TEST_CASE("later versions may say more") {
  const auto marker = read_end_marker(control_batch(std::string("\0\1\0\1more", 8), std::string("\0\1\0\0\0\x09more", 10)));
  REQUIRE(marker);
  CHECK(marker->end == TransactionEnd::commit);
  CHECK(marker->coordinator_epoch == 9);
}

TEST_CASE("a batch of data is no marker") {
  CHECK(read_end_marker(build(small_samples(), golden_options())).error().code == Errc::invalid_argument);
}

TEST_CASE("control records of other types are told apart") {
  // 2 is a leader change of Kafka's own metadata log.
  const auto other = read_end_marker(control_batch(std::string("\0\0\0\2", 4), std::string("\0\0\0\0\0\0", 6)));
  CHECK(other.error().code == Errc::unsupported);
  CHECK(other.error().text == "a control record of type 2");
}

TEST_CASE("a control batch of another shape is malformed") {
  const std::string key("\0\0\0\1", 4);
  const std::string value("\0\0\0\0\0\0", 6);
  CHECK(read_end_marker(control_batch(key, value)).has_value());
  CHECK(read_end_marker(control_batch(std::nullopt, value)).error().code == Errc::malformed);
  CHECK(read_end_marker(control_batch(key.substr(0, 3), value)).error().code == Errc::malformed);
  CHECK(read_end_marker(control_batch(key, std::nullopt)).error().code == Errc::malformed);
  CHECK(read_end_marker(control_batch(key, value.substr(0, 5))).error().code == Errc::malformed);
}
