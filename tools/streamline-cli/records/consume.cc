// consume TOPIC...: prints records up to the present end of the logs, or follows them.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "client/consumer.h"
#include "commands.h"
#include "records/consume_group.h"
#include "records/consume_plan.h"
#include "records/record_printer.h"

namespace streamline::cli {

namespace {

constexpr std::array kRecordKeys = {
    Column{"topic", "", "where it is from"},
    Column{"partition", "", "where it is from", Type::integer},
    Column{"offset", "", "its place", Type::integer},
    Column{"timestamp", "", "ms since 1970", Type::integer},
    Column{"headers[].key", "", "name of a header (json only)"},
    Column{"headers[].value", "", "its value, as value below (json only)", Type::any},
    Column{"key", "", "text, or {\"base64\": …} for bytes that are no UTF-8; null: none", Type::any},
    Column{"value", "", "likewise; what --decode-value and --jq make of it", Type::any},
};

/// Records between where reading begins and where it ends; none where it does not.
class Road {
 public:
  void add(const client::TopicPartition& of, Offset from, std::optional<Offset> stop) {
    begin_ += from.value;
    partitions_.push_back(of);
    if (stop)
      length_ += std::max<std::int64_t>(0, stop->value - from.value);
    else
      has_end_ = false;
  }
  std::optional<std::int64_t> length() const { return has_end_ ? std::optional(length_) : std::nullopt; }
  std::int64_t done(const client::Consumer& consumer) const {
    std::int64_t position = 0;
    for (const auto& of : partitions_) position += consumer.position(of).value;
    return position - begin_;
  }

 private:
  std::vector<client::TopicPartition> partitions_;
  std::int64_t begin_ = 0;
  std::int64_t length_ = 0;
  bool has_end_ = true;
};

Status assign_topic(client::Cluster& cluster, client::Consumer& consumer, const std::string& name, const ConsumeOptions& options,
                    const ConsumePlan& planned, Road& road) {
  auto topic = cluster.topic(name);
  if (!topic) return fail_with(std::move(topic));
  std::vector<std::int32_t> partitions = options.partitions;
  if (partitions.empty()) {
    for (const auto& partition : (*topic)->partitions) partitions.push_back(partition.index);
  }
  for (const std::int32_t partition : partitions) {
    const client::TopicPartition of{.topic = name, .partition = partition};
    // The stop comes first: records that arrive meanwhile belong to the next run.
    auto stop = stop_of(cluster, of, options, planned);
    if (!stop) return fail_with(std::move(stop));
    auto from = client::resolve(cluster, of, planned.from, planned.isolation);
    if (!from) return fail_with(std::move(from));
    consumer.assign(of, *from, *stop);
    road.add(of, *from, *stop);
  }
  return {};
}

Status read_all(client::Consumer& consumer, RecordPrinter& printer, const ConsumePlan& planned, const Road& road, Progress& progress) {
  constexpr std::chrono::hours kForever(24 * 365);
  const client::Deadline deadline = client::deadline_in(planned.timeout.value_or(kForever));
  while (!printer.complete() && !consumer.done()) {
    auto records = consumer.poll(deadline);
    if (!records) return fail_with(std::move(records));
    if (progress.is_due()) progress.show(road.done(consumer));
    if (auto shown = printer.show(*records); !shown) return fail_with(std::move(shown));
    if (records->empty() && client::left_until(deadline).count() == 0 && !consumer.done()) {
      return fail(Errc::timed_out,
                  fmt::format("timed out after {} ms with {} records", planned.timeout.value_or(kForever).count(), printer.shown()));
    }
    // A reader at the other end of a pipe sees what is there before the next wait.
    if (auto flushed = flush_output(); !flushed) return flushed;
  }
  return printer.write();
}

ExitCode consume(Session& session, const ConsumeOptions& options) {
  auto planned = plan_consume(options, session.output);
  if (!planned) return planned.error().code == Errc::invalid_argument ? complain_usage(planned.error().text) : complain(planned.error());
  if (!options.group.empty()) return consume_in_group(session, options, *planned);
  client::ConsumerOptions consuming;
  consuming.isolation = planned->isolation;
  client::Consumer consumer(*session.cluster, consuming);
  Road road;
  for (const std::string& topic : options.topics) {
    if (auto assigned = assign_topic(*session.cluster, consumer, topic, options, *planned, road); !assigned)
      return complain(assigned.error());
  }
  RecordPrinter printer(session.output, *planned);
  // Where the records appear on the same terminal they are progress enough.
  const bool is_seen = ::isatty(STDOUT_FILENO) == 0 && road.length();
  Progress progress(is_seen ? session.progress : Drawn::no, "consume", Unit::records, road.length());
  const auto read = read_all(consumer, printer, *planned, road, progress);
  const auto flushed = flush_output();
  progress.clear();
  if (!read) return complain(read.error());
  return flushed ? ExitCode::ok : complain(flushed.error());
}

void add_places(CLI::App& command, ConsumeOptions& options) {
  command.add_option("topic", options.topics, "topics")->required();
  command.add_option("-p,--partition", options.partitions, "partitions, with commas between them (all without it)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->allow_extra_args(false);
  command.add_option("-g,--group", options.group,
                     "read as a member of this group: its share of the partitions, from what it has committed on, and commit");
  command.add_option("--from", options.from,
                     "beginning (default), end, OFFSET, +N behind the beginning, -N for the last N of each partition, @TIME; with -g where "
                     "nothing is committed");
  command.add_option("--until", options.until, "end (default without -f), OFFSET or @TIME; that record is not printed any more");
  command.add_option("--offset", options.offset, "--from and --until in one, as in rpk: FROM, FROM:UNTIL, :UNTIL, @TIME:TIME");
  command.add_option("-n,--count", options.count, "stop after so many records")->check(CLI::PositiveNumber);
  command.add_flag("-f,--follow", options.follow, "wait for more records at the end");
  command.add_option("--timeout", options.timeout, "give up after 500ms, 90s, 5m …; exit code 6");
  command.add_option("--isolation", options.isolation, "uncommitted (default), or committed: nothing of open and aborted transactions");
}

void add_contents(CLI::App& command, ConsumeOptions& options) {
  command.add_option("--grep", options.selection.in_value, "only records whose value holds this regular expression")
      ->allow_extra_args(false);
  command.add_option("--grep-key", options.selection.in_key, "only records whose key holds it")->allow_extra_args(false);
  command.add_option("--grep-header", options.selection.in_header, "NAME=REGEX: only records with such a header")->allow_extra_args(false);
  command
      .add_option("--where", options.selection.conditions,
                  "PATH or PATH==VALUE (also != < <= > >=): only records whose value, as JSON, is so")
      ->allow_extra_args(false);
  command.add_option("--sample", options.selection.sample, "every so many-th of the records that are left")->check(CLI::PositiveNumber);
  command.add_option("--jq", options.pick, "show this place of the value: .order.items[0].price");
  command.add_option("--decode-key", options.decode_key,
                     "text, hex, base64, int8 to int64, float, double, uuid, json, msgpack, cbor, avro:FILE or protobuf:FILE#MESSAGE");
  command.add_option("--decode-value", options.decode_value, "likewise");
  command.add_option("--format", options.format,
                     "rpk's verbs: %t topic %p partition %o offset %d ms %k key %v value %h{ %k=%v}; default %v\\n");
}

}  // namespace

void add_consume(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<ConsumeOptions>(app, session,
                                                              {"consume",
                                                               "Print records: up to the present end of the topics, or on and on with -f",
                                                               {.shape = Shape::records, .keys = kRecordKeys}},
                                                              consume);
  add_places(*command, *options);
  add_contents(*command, *options);
  command->footer(
      "TIME is milliseconds since 1970, 2026-01-31T12:00:00Z, or -90s, -5m, -1h, -2d.\n"
      "The schema of avro is a file of JSON (.avsc), that of protobuf a .proto file or a descriptor set (protoc -o); the message may be "
      "left "
      "out where the file has only one. registry-avro:FILE and registry-protobuf:FILE#MESSAGE are for records with a schema registry's "
      "header "
      "before the value.\n\n"
      "Examples:\n  streamline-cli consume orders\n  streamline-cli consume orders --from @-1h -f --format '%p/%o %k %v\\n'\n"
      "  streamline-cli consume orders users -o json\n  streamline-cli consume orders -g billing -f\n"
      "  streamline-cli consume orders --where '.amount > 100' --jq .customer.name\n"
      "  streamline-cli consume orders --decode-value registry-avro:order.avsc -o json\n"
      "  streamline-cli consume orders --decode-value protobuf:shop/order.proto#Order --where '.total > 100'");
}

}  // namespace streamline::cli
