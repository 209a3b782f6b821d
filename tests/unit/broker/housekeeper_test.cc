// When topics are looked at, and what a look does to a whole broker.
#include "broker/housekeeper.h"

#include <catch2/catch.hpp>
#include <thread>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/whole_broker.h"

using namespace streamline;
using namespace streamline::test;
using broker::check_interval;

namespace {

config::TopicOptions options_of(std::int64_t retention_ms, std::int64_t segment_ms) {
  config::TopicOptions options;
  options.retention_ms = retention_ms;
  options.segment_ms = segment_ms;
  return options;
}

}  // namespace

TEST_CASE("a topic is looked at after a tenth of its retention, at least each minute") {
  CHECK(check_interval(options_of(30'000, 1'000'000), {}).count() == 3000);
  CHECK(check_interval(options_of(1'000'000, 30'000), {}).count() == 3000);
  CHECK(check_interval(options_of(5, 1'000'000), {}).count() == 100);
  CHECK(check_interval(options_of(-1, 604'800'000), {}).count() == 60'000);
  CHECK(check_interval(options_of(30'000, 1'000'000), 7).count() == 7);
  config::TopicOptions compacted = options_of(30'000, 1'000'000);
  compacted.delete_old = false;
  CHECK(check_interval(compacted, {}).count() == 60'000);
}

TEST_CASE("old records go from a topic that nobody touches, its last segment too, and a fetch that waits at them is told") {
  fs::MemoryFileSystem files;
  ManualClock clock;
  WholeBroker whole(
      {.files = files, .properties = {{"log.retention.ms", "60000"}, {"log.retention.check.interval.ms", "1"}}, .clock = &clock});
  whole.create_topic("t");
  RawClient client(whole.port());
  for (int i = 0; i < 3; ++i) REQUIRE(produce(client, {.topic = "t"}, make_batch()).error == wire::ErrorCode::none);
  RawClient reader(whole.port());
  reader.send(fetch_frame({.topic = "t", .max_wait_ms = 1'000'000, .min_bytes = 1'000'000}));
  storage::Log& log = whole.partition("t")->log();
  clock.advance_ms(60'000);
  CHECK(log.log_start() == Offset(0));
  CHECK_FALSE(reader.has_answer());
  clock.advance_ms(1);
  CHECK(receive_fetched(reader).partition_error == wire::ErrorCode::offset_out_of_range);
  CHECK(log.log_start() == Offset(3));
  CHECK(log.log_end() == Offset(3));
  CHECK(produce(client, {.topic = "t"}, make_batch()).base_offset == 3);
}

TEST_CASE("a shorter retention is in force soon, without waiting for the round that was planned") {
  fs::MemoryFileSystem files;
  WholeBroker whole({.files = files});
  whole.create_topic("t");
  RawClient client(whole.port());
  // Its records are of 2023.
  REQUIRE(produce(client, {.topic = "t"}, make_batch()).error == wire::ErrorCode::none);
  const auto shorter = [](const config::TopicConfigMap&) -> Result<config::TopicConfigMap> {
    return config::TopicConfigMap{{"retention.ms", "1000"}};
  };
  REQUIRE(whole.broker().catalog().change_configs("t", shorter));
  storage::Log& log = whole.partition("t")->log();
  while (log.log_start() != Offset(1)) std::this_thread::yield();
  CHECK(log.log_end() == Offset(1));
}

TEST_CASE("a round after an orderly stop opens only the logs where something is due") {
  fs::MemoryFileSystem files;
  ManualClock clock;
  const WholeBrokerOptions options{
      .files = files, .properties = {{"log.retention.ms", "60000"}, {"log.retention.check.interval.ms", "1"}}, .clock = &clock};
  {
    WholeBroker first(options);
    RawClient client(first.port());
    for (const std::string topic : {"old", "kept"}) {
      first.create_topic(topic);
      REQUIRE(produce(client, {.topic = topic}, make_batch()).error == wire::ErrorCode::none);
    }
    const auto for_ever = [](const config::TopicConfigMap&) -> Result<config::TopicConfigMap> {
      return config::TopicConfigMap{{"retention.ms", "-1"}};
    };
    REQUIRE(first.broker().catalog().change_configs("kept", for_ever));
    REQUIRE(first.stop());
  }
  WholeBroker second(options);
  storage::Log& old = second.partition("old")->log();
  CHECK(old.unopened_active_base());
  clock.advance_ms(60'001);
  // All that is due is looked at before anything goes.
  while (old.log_start() != Offset(1)) std::this_thread::yield();
  CHECK(second.partition("kept")->log().unopened_active_base());
}
