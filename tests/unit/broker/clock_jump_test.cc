// Rule 144: waiting follows monotonic time, timestamps follow the wall, and a wall that jumps hurts nobody.
#include <catch2/catch.hpp>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/whole_broker.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/produce.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

struct Fixture {
  Fixture() { whole.create_topic("t"); }
  /// Whole turns of the one reactor after everything that was sent before.
  void pass_turns() {
    RawClient other(whole.port());
    for (int i = 0; i < 3; ++i) static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  }
  ManualClock clock;
  fs::MemoryFileSystem files;
  WholeBroker whole{{.files = files, .properties = {{"log.message.timestamp.type", "LogAppendTime"}}, .clock = &clock}};
};

std::int64_t append_time(RawClient& client) {
  client.send(produce_frame({.topic = "t"}, make_batch()));
  const auto answer = client.receive<wire::ProduceResponse>(kProduceVersion);
  const auto& partition = answer->responses[0].partition_responses[0];
  REQUIRE(partition.error_code == 0);
  return partition.log_append_time_ms;
}

}  // namespace

TEST_CASE("rule 144: a long poll neither ends early nor late when the wall clock jumps a day either way") {
  const std::int64_t jump = GENERATE(as<std::int64_t>{}, kDayMs, -kDayMs);
  Fixture fixture;
  RawClient reader(fixture.whole.port());
  reader.send(fetch_frame({.topic = "t", .max_wait_ms = 1000}));
  fixture.pass_turns();
  fixture.clock.set_wall_ms(fixture.clock.wall_ms() + jump);
  fixture.clock.advance_ms(999);
  fixture.pass_turns();
  CHECK_FALSE(reader.has_answer());
  fixture.clock.advance_ms(1);
  fixture.pass_turns();
  CHECK(receive_fetched(reader).partition_error == ErrorCode::none);
}

TEST_CASE("rule 144: append times follow the wall clock, also back, and every record stays readable in order") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int64_t start = fixture.clock.wall_ms();
  CHECK(append_time(client) == start);
  fixture.clock.set_wall_ms(start + kDayMs);
  fixture.pass_turns();
  CHECK(append_time(client) == start + kDayMs);
  fixture.clock.set_wall_ms(start - kDayMs);
  fixture.pass_turns();
  CHECK(append_time(client) == start - kDayMs);
  CHECK(receive_fetched((client.send(fetch_frame({.topic = "t"})), client)).high_watermark == 3);
}

TEST_CASE("rule 144: a fetch session outlives a wall clock that jumps a day ahead") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const Fetched first = fetch(client, {.topic = "t", .session_id = 0, .session_epoch = 0});
  REQUIRE(first.session_id != 0);
  fixture.clock.set_wall_ms(fixture.clock.wall_ms() + kDayMs);
  fixture.pass_turns();
  CHECK(fetch(client, {.topic = "", .session_id = first.session_id, .session_epoch = 1}).error == ErrorCode::none);
}
