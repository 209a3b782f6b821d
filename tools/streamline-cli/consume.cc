// consume TOPIC: prints records up to the present end of the log, or follows it.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/consumer.h"
#include "client/offset_spec.h"
#include "commands.h"
#include "record_format.h"
#include "text.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;
using client::OffsetSpec;

struct ConsumeOptions {
  std::string topic;
  std::vector<std::int32_t> partitions;
  std::string from = "beginning";
  std::string until;
  std::optional<std::int64_t> count;
  bool follow = false;
  std::string timeout;
  std::string format;
};

/// The options, checked.
struct ConsumePlan {
  OffsetSpec from;
  std::optional<OffsetSpec> until;
  std::optional<std::chrono::milliseconds> timeout;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
  RecordFormat format;
};

Result<ConsumePlan> plan(const ConsumeOptions& options, Output output) {
  ConsumePlan planned;
  const std::int64_t now_ms = wall_clock_ms();
  auto from = client::parse_offset_spec(options.from, now_ms);
  if (!from) return fail(Errc::invalid_argument, "--from " + from.error().text);
  planned.from = *from;
  if (!options.until.empty()) {
    auto until = client::parse_offset_spec(options.until, now_ms);
    if (!until) return fail(Errc::invalid_argument, "--until " + until.error().text);
    planned.until = *until;
  } else if (!options.follow) {
    planned.until = OffsetSpec{.kind = OffsetSpec::Kind::end};
  }
  if (!options.timeout.empty()) {
    auto timeout = client::parse_duration(options.timeout);
    if (!timeout) return fail(Errc::invalid_argument, "--timeout " + timeout.error().text);
    planned.timeout = *timeout;
  }
  if (options.count) planned.count = *options.count;
  if (!options.format.empty() && output != Output::plain)
    return fail(Errc::invalid_argument, "--format and -o both say how records look; give one");
  auto format = RecordFormat::parse(options.format.empty() ? "%v\\n" : options.format);
  if (!format) return fail(Errc::invalid_argument, "--format: " + format.error().text);
  planned.format = *std::move(format);
  return planned;
}

Json json_bytes(std::optional<ByteView> bytes) {
  if (!bytes) return nullptr;
  if (is_utf8(*bytes)) return std::string(as_text(*bytes));
  return {{"base64", base64(*bytes)}};
}

/// One line: topic, partition, offset, timestamp (ms), headers[] (key, value), key, value. Bytes that are not UTF-8 are {"base64": "…"}.
void put_json(std::string& out, const std::string& topic, const client::ConsumedRecord& consumed) {
  const record::RecordView& record = consumed.record;
  Json headers = Json::array();
  for (const record::HeaderView header : record.headers)
    headers.push_back({{"key", json_bytes(as_bytes(header.key))}, {"value", json_bytes(header.value)}});
  const Json line{
      {"topic", topic},     {"partition", consumed.partition}, {"offset", record.offset.value},    {"timestamp", record.timestamp},
      {"headers", headers}, {"key", json_bytes(record.key)},   {"value", json_bytes(record.value)}};
  out += line.dump() + "\n";
}

constexpr std::string_view kRow = "{:<9}  {:<12}  {:<24}  {:<20}  {}\n";

void put_row(std::string& out, const client::ConsumedRecord& consumed) {
  const record::RecordView& record = consumed.record;
  const auto cell = [](std::optional<ByteView> bytes) {
    if (!bytes) return std::string("-");
    return is_utf8(*bytes) ? std::string(as_text(*bytes)) : "base64:" + base64(*bytes);
  };
  out += fmt::format(fmt::runtime(kRow), consumed.partition, record.offset.value, rfc3339(record.timestamp), cell(record.key),
                     cell(record.value));
}

class Printer {
 public:
  Printer(const Session& session, const ConsumeOptions& options, const ConsumePlan& planned)
      : output_(session.output), topic_(options.topic), planned_(planned) {
    if (output_ == Output::table) text_ = fmt::format(fmt::runtime(kRow), "PARTITION", "OFFSET", "TIMESTAMP", "KEY", "VALUE");
  }

  /// Prints as many of `records` as are still wanted.
  Status show(std::span<const client::ConsumedRecord> records) {
    for (const auto& record : records) {
      if (complete()) break;
      ++shown_;
      if (output_ == Output::json)
        put_json(text_, topic_, record);
      else if (output_ == Output::table)
        put_row(text_, record);
      else
        planned_.format.render(text_, topic_, record, shown_);
    }
    return write();
  }
  Status write() {
    auto printed = print(text_);
    text_.clear();
    return printed;
  }
  bool complete() const { return shown_ >= planned_.count; }
  std::int64_t shown() const { return shown_; }

 private:
  Output output_;
  const std::string& topic_;
  const ConsumePlan& planned_;
  std::string text_;
  std::int64_t shown_ = 0;
};

/// Where a partition's reading stops. An explicit offset may lie in the future of a log that is followed.
Result<std::optional<Offset>> stop_of(client::Cluster& cluster, const client::TopicPartition& of, const ConsumeOptions& options,
                                      const ConsumePlan& planned) {
  if (!planned.until) return std::nullopt;
  const bool explicit_offset = planned.until->kind == OffsetSpec::Kind::offset;
  if (explicit_offset && options.follow) return Offset(planned.until->value);
  auto stop = client::resolve(cluster, of, explicit_offset ? OffsetSpec{.kind = OffsetSpec::Kind::end} : *planned.until);
  if (!stop) return fail_with(std::move(stop));
  return explicit_offset ? std::min(*stop, Offset(planned.until->value)) : *stop;
}

Status assign_all(client::Cluster& cluster, client::Consumer& consumer, const ConsumeOptions& options, const ConsumePlan& planned) {
  auto topic = cluster.topic(options.topic);
  if (!topic) return fail_with(std::move(topic));
  std::vector<std::int32_t> partitions = options.partitions;
  if (partitions.empty()) {
    for (const auto& partition : (*topic)->partitions) partitions.push_back(partition.index);
  }
  for (const std::int32_t partition : partitions) {
    const client::TopicPartition of{.topic = options.topic, .partition = partition};
    // The stop comes first: records that arrive meanwhile belong to the next run.
    auto stop = stop_of(cluster, of, options, planned);
    if (!stop) return fail_with(std::move(stop));
    auto from = client::resolve(cluster, of, planned.from);
    if (!from) return fail_with(std::move(from));
    consumer.assign(partition, *from, *stop);
  }
  return {};
}

Status read_all(client::Consumer& consumer, Printer& printer, const ConsumePlan& planned) {
  constexpr std::chrono::hours kForever(24 * 365);
  const client::Deadline deadline = client::deadline_in(planned.timeout.value_or(kForever));
  while (!printer.complete() && !consumer.done()) {
    auto records = consumer.poll(deadline);
    if (!records) return fail_with(std::move(records));
    if (auto shown = printer.show(*records); !shown) return shown;
    if (records->empty() && client::left_until(deadline).count() == 0) {
      return fail(Errc::timed_out, fmt::format("timed out after {} ms with {} records", planned.timeout->count(), printer.shown()));
    }
    // A reader at the other end of a pipe sees what is there before the next wait.
    if (auto flushed = flush_output(); !flushed) return flushed;
  }
  return printer.write();
}

ExitCode consume(Session& session, const ConsumeOptions& options) {
  auto planned = plan(options, session.output);
  if (!planned) return complain_usage(planned.error().text);
  client::Consumer consumer(*session.cluster, options.topic);
  auto assigned = assign_all(*session.cluster, consumer, options, *planned);
  if (!assigned) return complain(assigned.error());
  Printer printer(session, options, *planned);
  const auto read = read_all(consumer, printer, *planned);
  const auto flushed = flush_output();
  if (!read) return complain(read.error());
  return flushed ? ExitCode::ok : complain(flushed.error());
}

}  // namespace

void add_consume(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("consume", "Print records: up to the present end of the topic, or on and on with -f");
  auto options = std::make_shared<ConsumeOptions>();
  command->add_option("topic", options->topic, "topic")->required();
  command->add_option("-p,--partition", options->partitions, "partitions, with commas between them (all without it)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->allow_extra_args(false);
  command->add_option("--from", options->from, "beginning (default), end, OFFSET, -N for the last N of each partition, @TIME");
  command->add_option("--until", options->until, "end (default without -f), OFFSET or @TIME; that record is not printed any more");
  command->add_option("-n,--count", options->count, "stop after so many records")->check(CLI::PositiveNumber);
  command->add_flag("-f,--follow", options->follow, "wait for more records at the end");
  command->add_option("--timeout", options->timeout, "give up after 500ms, 90s, 5m …; exit code 6");
  command->add_option("--format", options->format,
                      "rpk's verbs: %t topic %p partition %o offset %d ms %k key %v value %h{ %k=%v}; default %v\\n");
  command->footer(
      "TIME is milliseconds since 1970, 2026-01-31T12:00:00Z, or -90s, -5m, -1h, -2d.\n\n"
      "Examples:\n  streamline-cli consume orders\n  streamline-cli consume orders --from @-1h -f --format '%p/%o %k %v\\n'\n"
      "  streamline-cli consume orders -p 0 --from -10 -o json");
  command->callback([&session, options] { session.command = [options](Session& s) { return consume(s, *options); }; });
}

}  // namespace streamline::cli
