// Wire load generator: the same pre-encoded requests against Kafka, Streamline or a floor; one JSON line on stdout.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "common/batch.h"
#include "common/flags.h"
#include "wire_load/end_to_end.h"
#include "wire_load/load.h"

namespace streamline::bench {
namespace {

constexpr std::string_view kUsage = R"(wire_load --mode produce|fetch|e2e|commit --port N [--host 127.0.0.1] [--pid SERVER]
  what:    --batch-bytes 65536  --value-bytes 1024  --acks -1  --partitions 1  --topic NAME
           --setup create|none  (none: the topic exists, and for fetch it is filled; so it is with the floors)
  commit:  one group per connection, a partition each time
  fetch:   --fetch-bytes 262144  --log-bytes 536870912
  how:     --connections 1  --depth 5  |  --rate REQUESTS_PER_S (open loop)
  how long: --warmup 0.5  --seconds 3  --requests 0 (0: no limit)
  noise:   --touch-bytes 0  --touch-dir .  (see wire_load/page_touch.h)
)";

struct Plan {
  std::string mode;
  std::string setup;
  std::string topic;
  BatchSpec batch;
  std::int64_t partitions = 1;
  std::int16_t acks = -1;
  std::int64_t fetch_bytes = 0;
  std::int64_t log_bytes = 0;
  LoadOptions load;
};

std::int64_t wall_clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<Plan> read_plan(int argc, char** argv) {
  Flags flags(argc, argv);
  Plan plan;
  plan.mode = flags.text("mode", "");
  plan.setup = flags.text("setup", "create");
  plan.topic = flags.text("topic", "bench-" + std::to_string(::getpid()));
  plan.batch = {.batch_bytes = static_cast<std::size_t>(flags.number("batch-bytes", 65536)),
                .value_bytes = static_cast<std::size_t>(flags.number("value-bytes", 1024)),
                .base_timestamp_ms = wall_clock_ms()};
  plan.partitions = flags.number("partitions", 1);
  plan.acks = static_cast<std::int16_t>(flags.number("acks", -1));
  plan.fetch_bytes = flags.number("fetch-bytes", 262144);
  plan.log_bytes = flags.number("log-bytes", std::int64_t{512} << 20);
  LoadOptions& load = plan.load;
  load.server = {flags.text("host", "127.0.0.1"), static_cast<std::uint16_t>(flags.number("port", 0))};
  load.server_pid = static_cast<int>(flags.number("pid", 0));
  load.connections = flags.number("connections", load.connections);
  load.depth = flags.number("depth", load.depth);
  load.rate = flags.real("rate", load.rate);
  load.warmup_seconds = flags.real("warmup", load.warmup_seconds);
  load.seconds = flags.real("seconds", load.seconds);
  load.requests = flags.number("requests", load.requests);
  load.touch_bytes = flags.number("touch-bytes", load.touch_bytes);
  load.touch_dir = flags.text("touch-dir", load.touch_dir);
  if (auto good = flags.check(); !good) return fail_with(std::move(good));
  const bool known_mode = plan.mode == "produce" || plan.mode == "fetch" || plan.mode == "e2e" || plan.mode == "commit";
  const bool known_setup = plan.setup == "create" || plan.setup == "none";
  if (!known_mode || !known_setup || load.server.port == 0) return fail(Errc::invalid_argument, std::string(kUsage));
  if (load.connections < 1 || load.depth < 1 || plan.partitions < 1) return fail(Errc::out_of_range, "counts start at 1");
  if (plan.acks == 0) return fail(Errc::out_of_range, "--acks 0 is never answered, so there is nothing to measure by");
  if (plan.topic.size() > kMaxTopicName) return fail(Errc::out_of_range, "the topic's name is too long for the answer parser");
  return plan;
}

std::vector<Request> produce_requests(const Plan& plan, const Batch& batch) {
  std::vector<Request> requests;
  for (std::int32_t partition = 0; partition < plan.partitions; ++partition) {
    requests.push_back(encode_produce({.topic = plan.topic, .partition = partition, .acks = plan.acks}, batch.bytes));
  }
  return requests;
}

/// A walk over the whole log in steps of `fetch_bytes`.
Result<std::vector<Request>> fetch_requests(const Plan& plan, const Batch& batch) {
  const auto batch_bytes = static_cast<std::int64_t>(batch.bytes.size());
  if (plan.fetch_bytes % batch_bytes != 0) return fail(Errc::out_of_range, "--fetch-bytes must be a multiple of --batch-bytes");
  std::vector<Request> requests;
  for (std::int64_t at = 0; at + plan.fetch_bytes <= plan.log_bytes; at += plan.fetch_bytes) {
    const FetchSpec spec{
        .topic = plan.topic, .offset = at / batch_bytes * batch.records, .max_bytes = static_cast<std::int32_t>(plan.fetch_bytes)};
    requests.push_back(encode_fetch(spec));
  }
  if (requests.empty()) return fail(Errc::out_of_range, "--log-bytes is less than one fetch");
  return requests;
}

/// A group for each connection, so that none waits for another's lock; all of them are in the way of a first commit.
Result<std::vector<Request>> commit_requests(const Plan& plan) {
  std::vector<Request> requests;
  for (std::int64_t i = 0; i < plan.load.connections; ++i) {
    const std::string group = plan.topic + "-" + std::to_string(i);
    requests.push_back(encode_commit({.group = group, .topic = plan.topic, .offset = 7}));
    if (auto there = await_group(plan.load.server, group, requests.back()); !there) return fail_with(std::move(there));
  }
  return requests;
}

Result<std::vector<Request>> requests_of(const Plan& plan, const Batch& batch) {
  if (plan.mode == "commit") return commit_requests(plan);
  return plan.mode == "fetch" ? fetch_requests(plan, batch) : produce_requests(plan, batch);
}

Status fill_log(const Plan& plan, const Batch& batch) {
  LoadOptions fill;
  fill.server = plan.load.server;
  // No warm-up: every batch counts towards the log that the walk expects.
  fill.warmup_seconds = 0;
  fill.seconds = 600;
  fill.requests = plan.log_bytes / static_cast<std::int64_t>(batch.bytes.size());
  const auto filled = run_load(fill, produce_requests(plan, batch));
  if (!filled) return fail(filled.error().code, filled.error().text);
  return {};
}

void print_outcome(const Plan& plan, const LoadOutcome& outcome) {
  const bool fetches = plan.mode == "fetch";
  const double bytes = fetches ? static_cast<double>(outcome.records_bytes)
                               : static_cast<double>(outcome.requests) * static_cast<double>(plan.batch.batch_bytes);
  const auto requests = static_cast<double>(outcome.requests);
  fmt::print(
      R"({{"mode":"{}","requests":{},"seconds":{:.3f},"requests_per_s":{:.0f},"mb_per_s":{:.1f},"server_cpu_s":{:.2f},)"
      R"("server_cpu_s_per_gb":{:.3f},"server_us_per_request":{:.2f},"client_us_per_request":{:.2f},"server_rss_mib":{:.1f},"latency_us":{}}})"
      "\n",
      plan.mode, outcome.requests, outcome.seconds, requests / outcome.seconds, bytes / 1e6 / outcome.seconds, outcome.server_cpu_seconds,
      outcome.server_cpu_seconds / (bytes / 1e9), outcome.server_cpu_seconds / requests * 1e6, outcome.client_cpu_seconds / requests * 1e6,
      static_cast<double>(outcome.server_resident_bytes) / (1 << 20), outcome.latency.to_json());
}

Status load(const Plan& plan, const Batch& batch) {
  auto requests = requests_of(plan, batch);
  if (!requests) return fail_with(std::move(requests));
  if (plan.mode == "fetch" && plan.setup == "create") {
    if (auto filled = fill_log(plan, batch); !filled) return filled;
  }
  const auto outcome = run_load(plan.load, *requests);
  if (!outcome) return fail(outcome.error().code, outcome.error().text);
  if (outcome->requests == 0) return fail(Errc::timed_out, "no request was answered in time");
  print_outcome(plan, *outcome);
  return {};
}

Status end_to_end(const Plan& plan, const Batch& batch) {
  EndToEndOptions options{.server = plan.load.server,
                          .topic = plan.topic,
                          .warmup_seconds = plan.load.warmup_seconds,
                          .seconds = plan.load.seconds,
                          .server_pid = plan.load.server_pid};
  if (plan.load.rate > 0) options.rate = plan.load.rate;
  const auto outcome = run_end_to_end(options, batch);
  if (!outcome) return fail(outcome.error().code, outcome.error().text);
  fmt::print(
      R"({{"mode":"e2e","requests":{},"records_per_s":{:.0f},"server_cpu_s":{:.2f},"server_us_per_request":{:.2f},"ack_us":{},"latency_us":{}}})"
      "\n",
      outcome->requests, static_cast<double>(outcome->records) / outcome->seconds, outcome->server_cpu_seconds,
      outcome->server_cpu_seconds / static_cast<double>(outcome->requests) * 1e6, outcome->acknowledged.to_json(),
      outcome->delivered.to_json());
  return {};
}

Status run(int argc, char** argv) {
  auto plan = read_plan(argc, argv);
  if (!plan) return fail_with(std::move(plan));
  auto batch = build_batch(plan->batch);
  if (!batch) return fail_with(std::move(batch));
  if (plan->setup == "create") {
    if (auto made = create_topic(plan->load.server, plan->topic, static_cast<std::int32_t>(plan->partitions)); !made) return made;
  }
  Status measured = plan->mode == "e2e" ? end_to_end(*plan, *batch) : load(*plan, *batch);
  if (plan->setup == "none") return measured;
  const Status deleted = delete_topic(plan->load.server, plan->topic);
  return measured ? deleted : measured;
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("wire_load", ended.error());
}
