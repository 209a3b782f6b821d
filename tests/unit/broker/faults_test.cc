// A whole broker whose files fail, shorten and delay calls under a seed: it stays up, tells its clients the truth, loses nothing acked.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "fs/memory_file_system.h"
#include "record/batch_walker.h"
#include "support/faulty_files.h"
#include "support/requests.h"
#include "support/whole_broker.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

constexpr int kPartitions = 4;
constexpr int kRequests = 300;
constexpr std::uint32_t kFaultsPer1000 = 15;

/// What a client was told is kept, by offset: the size of each batch, which no two batches share.
using Promised = std::map<std::int64_t, std::size_t>;

/// The batches of a partition by base offset, read over the socket.
Promised read_all(std::uint16_t port, std::int32_t partition) {
  RawClient client(port);
  Promised found;
  for (std::int64_t offset = 0;;) {
    const Fetched fetched = fetch(client, {.topic = "t", .partition = partition, .offset = offset});
    REQUIRE(fetched.partition_error == ErrorCode::none);
    if (fetched.records.empty()) return found;
    record::BatchWalker walker(as_bytes(fetched.records));
    for (;;) {
      const auto batch = walker.next();
      REQUIRE(batch);
      if (!*batch) break;
      REQUIRE(record::check_crc((*batch)->bytes));
      REQUIRE(found.emplace((*batch)->header.base_offset.value, (*batch)->bytes.size()).second);
      offset = (*batch)->header.next_offset().value;
    }
  }
}

void check_promises(std::uint16_t port, const std::map<std::int32_t, Promised>& acked) {
  for (const auto& [partition, promised] : acked) {
    const Promised found = read_all(port, partition);
    for (const auto& [offset, size] : promised) {
      INFO("partition " << partition << " offset " << offset);
      REQUIRE(found.contains(offset));
      REQUIRE(found.at(offset) == size);
    }
  }
}

/// Produces under faults; answers what was acked. Every refusal is one that a producer tries again after.
std::map<std::int32_t, Promised> produce_under_faults(std::uint16_t port, std::mt19937_64& random) {
  static const std::set<ErrorCode> honest = {ErrorCode::none, ErrorCode::kafka_storage_error, ErrorCode::request_timed_out};
  std::map<std::int32_t, Promised> acked;
  RawClient client(port);
  for (int n = 0; n < kRequests; ++n) {
    const auto partition = static_cast<std::int32_t>(random() % kPartitions);
    const auto batch = make_batch({.value = std::string(static_cast<std::size_t>(n) + 1, 'v')});
    const Produced produced = produce(client, {.topic = "t", .partition = partition, .timeout_ms = 500}, batch);
    INFO("answer " << static_cast<int>(produced.error));
    REQUIRE(honest.contains(produced.error));
    if (produced.error == ErrorCode::none) REQUIRE(acked[partition].emplace(produced.base_offset, batch.size()).second);
  }
  return acked;
}

}  // namespace

TEST_CASE("a broker whose disk fails now and then loses nothing acked, not by a kill nor by a power cut") {
  const std::uint64_t seed = GENERATE(range(0U, 6U));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  fs::MemoryFileSystem memory;
  FaultyFiles files(memory, seed);
  std::map<std::int32_t, Promised> acked;
  std::unique_ptr<fs::MemoryFileSystem> after_cut;
  std::unique_ptr<fs::MemoryFileSystem> after_kill;
  {
    WholeBroker whole({.files = files, .reactors = 2});
    whole.create_topic("t", kPartitions);
    files.set_faults_per_1000(kFaultsPer1000);
    acked = produce_under_faults(whole.port(), random);
    files.set_faults_per_1000(0);
    CHECK(files.faults() > 0);
    check_promises(whole.port(), acked);
    // It goes on serving: a topic that met no fault is made and written.
    whole.create_topic("later");
    RawClient client(whole.port());
    CHECK(produce(client, {.topic = "later"}, make_batch()) == Produced{ErrorCode::none, 0});
    after_cut = memory.crash_clone(seed);
    after_kill = memory.kill_clone();
  }
  WholeBroker cut({.files = *after_cut});
  check_promises(cut.port(), acked);
  WholeBroker killed({.files = *after_kill});
  check_promises(killed.port(), acked);
}

TEST_CASE("a start that meets faults is refused or serves what it should, and the next one serves all") {
  const std::uint64_t seed = GENERATE(range(0U, 6U));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  fs::MemoryFileSystem memory;
  std::map<std::int32_t, Promised> acked;
  {
    FaultyFiles files(memory, seed);
    WholeBroker whole({.files = files});
    whole.create_topic("t", kPartitions);
    acked = produce_under_faults(whole.port(), random);
  }
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto left = memory.kill_clone();
    FaultyFiles files(*left, seed * 100 + static_cast<std::uint64_t>(attempt));
    files.set_faults_per_1000(30);
    const SystemClock clock;
    config::Properties properties;
    REQUIRE(properties.set("log.dirs", {.value = "data", .source = config::Source::flag, .origin = "test"}));
    const auto config = config::make_server_config(properties);
    REQUIRE(config);
    // Whether it starts is up to the faults; what it leaves must be whole either way.
    static_cast<void>(broker::Broker::open(
        {.config = *config, .properties = properties, .file_system = files, .clock = clock, .apis = handlers::api_table()}));
    const auto again = left->crash_clone(seed);
    WholeBroker whole({.files = *again});
    check_promises(whole.port(), acked);
  }
}
