// bench: how fast this client, the network and the broker are together; writes to a topic of its own, reads it, and deletes it.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <string>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "commands.h"

namespace streamline::cli {

namespace {

struct BenchOptions {
  std::int64_t records = 1'000'000;
  std::size_t bytes = 100;
  std::int32_t partitions = 1;
  std::string codec = "none";
  bool keep = false;
};

constexpr std::array kBenchKeys = {
    Column{"step", "STEP", "produce or consume"},
    Column{"records", "RECORDS", "how many", Type::integer},
    Column{"bytes", "BYTES", "of their values", Type::integer},
    Column{"seconds", "SECONDS", "from the first to the last answer", Type::number},
    Column{"records_per_second", "RECORDS/S", "of the whole step", Type::integer},
    Column{"megabytes_per_second", "MB/S", "of the whole step, in 10^6 bytes", Type::number},
};

constexpr std::int64_t kRecordsPerLook = 1'024;

using Clock = std::chrono::steady_clock;

struct Timed {
  std::int64_t records = 0;
  double seconds = 0;
};

void add_row(Listing& listing, const char* step, const Timed& timed, std::size_t bytes) {
  const double seconds = std::max(timed.seconds, 1e-9);
  const auto total = static_cast<double>(timed.records) * static_cast<double>(bytes);
  listing.add({step, timed.records, static_cast<std::int64_t>(total), std::round(timed.seconds * 1000) / 1000,
               static_cast<std::int64_t>(static_cast<double>(timed.records) / seconds), std::round(total / seconds / 1e5) / 10});
}

Result<Timed> write(Session& session, const std::string& topic, const BenchOptions& options, record::Codec codec) {
  client::ProducerOptions producing;
  producing.codec = codec;
  producing.missing_topic = client::Missing::await;
  client::Producer producer(*session.cluster, topic, producing);
  std::string value(options.bytes, 'x');
  Progress progress(session.progress, "produce", Unit::records, options.records);
  const auto begun = Clock::now();
  for (std::int64_t i = 0; i < options.records; ++i) {
    // Not all alike, or a codec would have nothing to do.
    if (!value.empty()) value[static_cast<std::size_t>(i) % value.size()] = static_cast<char>('a' + i % 26);
    if (auto added = producer.add({.timestamp = wall_clock_ms(), .value = as_bytes(value)}); !added) return fail_with(std::move(added));
    // Looking at the clock costs as much as a small record.
    if (i % kRecordsPerLook == 0) progress.at(i);
  }
  if (auto flushed = producer.flush(); !flushed) return fail_with(std::move(flushed));
  return Timed{.records = options.records, .seconds = std::chrono::duration<double>(Clock::now() - begun).count()};
}

Result<Timed> read(Session& session, const std::string& topic, const BenchOptions& options) {
  client::Consumer consumer(*session.cluster);
  for (std::int32_t index = 0; index < options.partitions; ++index) {
    const client::TopicPartition of{.topic = topic, .partition = index};
    auto range = client::offset_range(*session.cluster, of);
    if (!range) return fail_with(std::move(range));
    consumer.assign(of, range->begin, range->end);
  }
  const auto begun = Clock::now();
  const client::Deadline deadline = client::deadline_in(std::chrono::hours(1));
  Progress progress(session.progress, "consume", Unit::records, options.records);
  Timed timed;
  while (!consumer.done()) {
    auto records = consumer.poll(deadline);
    if (!records) return fail_with(std::move(records));
    timed.records += static_cast<std::int64_t>(records->size());
    progress.at(timed.records);
  }
  timed.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return timed;
}

ExitCode measure(Session& session, const std::string& topic, const BenchOptions& options, record::Codec codec) {
  Listing listing(kBenchKeys);
  const auto written = write(session, topic, options, codec);
  if (!written) return complain(written.error());
  add_row(listing, "produce", *written, options.bytes);
  const auto seen = read(session, topic, options);
  if (!seen) return complain(seen.error());
  add_row(listing, "consume", *seen, options.bytes);
  return finish(session, listing);
}

ExitCode bench(Session& session, const BenchOptions& options) {
  auto codec = record::parse_codec(options.codec);
  if (!codec) return complain_usage(codec.error().text);
  const std::string topic = fmt::format("streamline-bench-{}", wall_clock_ms());
  auto created = client::create_topic(*session.cluster, {.name = topic, .partitions = options.partitions});
  if (!created) return complain(created.error());
  const ExitCode measured = measure(session, topic, options, *codec);
  if (options.keep) {
    remark(fmt::format("the records are in topic '{}'", topic));
    return measured;
  }
  const Status deleted = client::delete_topic(*session.cluster, topic);
  if (!deleted) {
    const ExitCode code = complain({deleted.error().code, fmt::format("{}; topic '{}' is left", deleted.error().text, topic)});
    return measured == ExitCode::ok ? code : measured;
  }
  return measured;
}

}  // namespace

void add_bench(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<BenchOptions>(
      app, session, {"bench", "Measure writing and reading, in a topic of its own that goes afterwards", {.keys = kBenchKeys}}, bench);
  command->add_option("-n,--count", options->records, "records (1000000)")->check(CLI::PositiveNumber);
  command->add_option("--bytes", options->bytes, "bytes of a value (100)")->check(CLI::Range(0, 900'000));
  command->add_option("-p,--partitions", options->partitions, "partitions (1)")->check(CLI::Range(1, 1000));
  command->add_option("-z,--compression", options->codec, "none, gzip, snappy, lz4 or zstd");
  command->add_flag("--keep", options->keep, "leave the topic where it is");
  command->footer(
      "Examples:\n  streamline-cli bench\n  streamline-cli bench -n 100000 --bytes 1000 -z zstd\n  streamline-cli bench -o json");
}

}  // namespace streamline::cli
