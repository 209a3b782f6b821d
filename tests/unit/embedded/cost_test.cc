// What a Produce or Fetch request costs a whole broker on the machine's own files: heap allocations and system calls of its reactor.
#include <catch2/catch.hpp>
#include <functional>
#include <future>

#include "fs/posix_file_system.h"
#include "support/counting_new.h"
#include "support/requests.h"
#include "support/temporary_directory.h"
#include "support/watched_files.h"
#include "support/whole_broker.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

constexpr int kWarmUp = 300;
constexpr int kRequests = 2000;

struct Fixture {
  explicit Fixture(const std::string& durability = "none")
      : whole({.files = files, .data_directory = directory.path() + "/data", .properties = {{"durability", durability}}}) {
    whole.create_topic("t", 4);
    in_reactor([] { watch_this_thread(); });
  }
  /// Returns once the turn of everything sent before is over.
  void in_reactor(std::function<void()> work) {
    std::promise<void> done;
    whole.server().reactor(0).post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  std::uint64_t reactor_calls() { return whole.server().reactor(0).counters().system_calls(); }

  TemporaryDirectory directory;
  fs::PosixFileSystem posix;
  WatchedFiles files{posix};
  WholeBroker whole;
  RawClient client{whole.port()};
};

/// Sends `frame` and takes `answers` responses.
void round_trip(RawClient& client, const std::string& frame, int answers = 1) {
  client.send(frame);
  for (int i = 0; i < answers; ++i) REQUIRE_FALSE(client.receive().empty());
}

/// Allocations of the reactor over kRequests calls of `request`, once things run.
std::uint64_t allocations_of(const std::function<void(int)>& request) {
  for (int i = 0; i < kWarmUp; ++i) request(i);
  const std::uint64_t before = watched_allocations();
  for (int i = kWarmUp; i < kWarmUp + kRequests; ++i) request(i);
  return watched_allocations() - before;
}

/// The sparse index of the active segment (one entry per 32 KiB, in memory) doubles at times; that is all that may still allocate.
constexpr std::uint64_t kIndexGrowth = 4;

std::string idempotent_frame(int number) {
  return produce_frame({.topic = "t"}, make_batch({.producer = ProducerId(4711), .sequence = number}));
}

}  // namespace

TEST_CASE("watched threads are counted and others are not") {
  const std::uint64_t before = watched_allocations();
  std::async(std::launch::async, [] { static_cast<void>(std::make_unique<int>(1)); }).wait();
  CHECK(watched_allocations() == before);
  std::thread([] {
    watch_this_thread();
    const auto kept = std::make_unique<std::string>(100, 'x');
  }).join();
  CHECK(watched_allocations() >= before + 2);
}

TEST_CASE("no Produce allocates on its reactor, whatever its acks") {
  const std::int16_t acks = GENERATE(std::int16_t{1}, std::int16_t{-1});
  Fixture fixture;
  const std::string frame = produce_frame({.topic = "t", .acks = acks}, make_batch());
  CHECK(allocations_of([&](int) { round_trip(fixture.client, frame); }) <= kIndexGrowth);
}

TEST_CASE("no idempotent Produce allocates on its reactor") {
  Fixture fixture;
  std::vector<std::string> frames;
  for (int i = 0; i < kWarmUp + kRequests; ++i) frames.push_back(idempotent_frame(i));
  CHECK(allocations_of([&](int i) { round_trip(fixture.client, frames[static_cast<std::size_t>(i)]); }) <= kIndexGrowth);
  CHECK(fixture.whole.partition("t")->log().log_end() == Offset(kWarmUp + kRequests));
}

TEST_CASE("no Produce allocates where pages are synced from time to time") {
  Fixture fixture("interval");
  const std::string frame = produce_frame({.topic = "t"}, make_batch());
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t allocations = allocations_of([&](int) { round_trip(fixture.client, frame); });
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin).count();
  // Each interval of a second begins with an entry among the pool's delayed jobs, every fifth with one for the checkpoint too.
  CHECK(allocations <= kIndexGrowth + 2 * static_cast<std::uint64_t>(seconds));
}

TEST_CASE("no Produce allocates where its ack waits for the sync") {
  Fixture fixture("always");
  const std::string frame = produce_frame({.topic = "t"}, make_batch());
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t allocations = allocations_of([&](int) { round_trip(fixture.client, frame); });
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin).count();
  CHECK(allocations <= kIndexGrowth + static_cast<std::uint64_t>(seconds));
}

TEST_CASE("sixteen Produce requests in one turn allocate nothing") {
  Fixture fixture;
  std::string frames;
  for (int i = 0; i < 16; ++i) frames += produce_frame({.topic = "t", .partition = i % 4}, make_batch());
  CHECK(allocations_of([&](int) { round_trip(fixture.client, frames, 16); }) <= 4 * kIndexGrowth);
}

TEST_CASE("no Fetch without a session allocates, be there records or not") {
  Fixture fixture;
  for (int i = 0; i < 20; ++i)
    REQUIRE(produce(fixture.client, {.topic = "t"}, make_batch({.value = std::string(4000, 'v')})).error == ErrorCode::none);
  // From the tail, from an offset with small and with large answers (the latter by sendfile).
  const auto [offset, max_bytes] = GENERATE(table<std::int64_t, std::int32_t>({{20, 1 << 20}, {19, 1 << 20}, {0, 100}, {0, 1 << 20}}));
  CAPTURE(offset, max_bytes);
  const std::string frame = fetch_frame({.topic = "t", .offset = offset, .max_bytes = max_bytes});
  CHECK(allocations_of([&](int) { round_trip(fixture.client, frame); }) == 0);
}

TEST_CASE("no incremental Fetch allocates, be there news or not") {
  Fixture fixture;
  const bool with_news = GENERATE(false, true);
  RawClient reader(fixture.whole.port());
  const Fetched opened = fetch(reader, {.topic = "t", .session_epoch = 0});
  REQUIRE(opened.session_id != 0);
  const std::string produce = produce_frame({.topic = "t"}, make_batch());
  std::vector<std::string> frames;
  for (int i = 0; i < kWarmUp + kRequests; ++i) {
    FetchSpec spec{.topic = with_news ? "t" : "", .offset = i, .session_id = opened.session_id, .session_epoch = i + 1};
    frames.push_back(fetch_frame(spec));
  }
  const auto round = [&](int i) {
    if (with_news) round_trip(fixture.client, produce);
    round_trip(reader, frames[static_cast<std::size_t>(i)]);
  };
  CHECK(allocations_of(round) <= kIndexGrowth);
}

TEST_CASE("no Fetch that waits at the tail allocates") {
  Fixture fixture;
  RawClient reader(fixture.whole.port());
  const std::string produce = produce_frame({.topic = "t"}, make_batch());
  std::vector<std::string> frames;
  for (int i = 0; i < kWarmUp + kRequests; ++i) frames.push_back(fetch_frame({.topic = "t", .offset = i, .max_wait_ms = 60'000}));
  const auto round = [&](int i) {
    reader.send(frames[static_cast<std::size_t>(i)]);
    round_trip(fixture.client, produce);
    REQUIRE_FALSE(reader.receive().empty());
  };
  CHECK(allocations_of(round) <= kIndexGrowth);
}

namespace {

struct Cost {
  std::uint64_t calls = 0;
  std::uint64_t writes = 0;
};

/// of `rounds` round trips of `frames`, which are `depth` requests each.
Cost cost_of(Fixture& fixture, const std::string& frames, int depth, int rounds) {
  for (int i = 0; i < 20; ++i) round_trip(fixture.client, frames, depth);
  const Cost before{fixture.reactor_calls(), fixture.files.segment_writes()};
  for (int i = 0; i < rounds; ++i) round_trip(fixture.client, frames, depth);
  return {fixture.reactor_calls() - before.calls, fixture.files.segment_writes() - before.writes};
}

std::string repeated(const std::string& frame, int count) {
  std::string frames;
  for (int i = 0; i < count; ++i) frames += frame;
  return frames;
}

constexpr std::uint64_t kRounds = 500;
/// A few turns find nothing yet.
constexpr std::uint64_t kEmptyTurns = 10;

}  // namespace

TEST_CASE("a Produce takes at most five system calls at depth one") {
  Fixture fixture;
  const Cost cost = cost_of(fixture, produce_frame({.topic = "t"}, make_batch()), 1, kRounds);
  CHECK(cost.writes == kRounds);
  CHECK(cost.calls + cost.writes <= 5 * kRounds + kEmptyTurns);
}

TEST_CASE("a Produce takes at most one system call at depth sixteen, and one write per partition and turn") {
  Fixture fixture;
  const Cost cost = cost_of(fixture, repeated(produce_frame({.topic = "t"}, make_batch()), 16), 16, kRounds);
  CHECK(cost.calls + cost.writes <= 16 * kRounds + kEmptyTurns);
  // The sixteen may reach the broker in two parts, seldom.
  CHECK(cost.writes <= kRounds + kRounds / 10);
}

TEST_CASE("requests for several partitions make one write for each") {
  Fixture fixture;
  std::string frames;
  for (int i = 0; i < 16; ++i) frames += produce_frame({.topic = "t", .partition = i % 4}, make_batch());
  const Cost cost = cost_of(fixture, frames, 16, kRounds);
  CHECK(cost.writes >= 4 * kRounds);
  CHECK(cost.writes <= 4 * kRounds + kRounds / 2);
}

TEST_CASE("a Fetch takes at most five system calls at depth one and one at depth sixteen") {
  Fixture fixture;
  const auto batch = make_batch({.value = std::string(1000, 'v')});
  for (int i = 0; i < 20; ++i) REQUIRE(produce(fixture.client, {.topic = "t"}, batch).error == ErrorCode::none);
  const std::string small = fetch_frame({.topic = "t", .offset = 19});
  CHECK(cost_of(fixture, small, 1, kRounds).calls <= 5 * kRounds + kEmptyTurns);
  CHECK(cost_of(fixture, repeated(small, 16), 16, kRounds).calls <= 16 * kRounds + kEmptyTurns);
  // Twenty kilobytes leave by sendfile.
  CHECK(cost_of(fixture, fetch_frame({.topic = "t"}), 1, kRounds).calls <= 5 * kRounds + kEmptyTurns);
}
