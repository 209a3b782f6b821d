// consume TOPIC: prints records up to the present end of the log, or follows it.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "client/consumer.h"
#include "commands.h"
#include "consume_group.h"
#include "consume_plan.h"
#include "record_printer.h"

namespace streamline::cli {

namespace {

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

Status read_all(client::Consumer& consumer, RecordPrinter& printer, const ConsumePlan& planned) {
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
  auto planned = plan_consume(options, session.output);
  if (!planned) return complain_usage(planned.error().text);
  if (!options.group.empty()) return consume_in_group(session, options, *planned);
  client::Consumer consumer(*session.cluster, options.topic);
  auto assigned = assign_all(*session.cluster, consumer, options, *planned);
  if (!assigned) return complain(assigned.error());
  RecordPrinter printer(session.output, options.topic, *planned);
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
  command->add_option("-g,--group", options->group,
                      "read as a member of this group: its share of the partitions, from what it has committed on, and commit");
  command->add_option("--from", options->from,
                      "beginning (default), end, OFFSET, -N for the last N of each partition, @TIME; with -g where nothing is committed");
  command->add_option("--until", options->until, "end (default without -f), OFFSET or @TIME; that record is not printed any more");
  command->add_option("-n,--count", options->count, "stop after so many records")->check(CLI::PositiveNumber);
  command->add_flag("-f,--follow", options->follow, "wait for more records at the end");
  command->add_option("--timeout", options->timeout, "give up after 500ms, 90s, 5m …; exit code 6");
  command->add_option("--format", options->format,
                      "rpk's verbs: %t topic %p partition %o offset %d ms %k key %v value %h{ %k=%v}; default %v\\n");
  command->footer(
      "TIME is milliseconds since 1970, 2026-01-31T12:00:00Z, or -90s, -5m, -1h, -2d.\n\n"
      "Examples:\n  streamline-cli consume orders\n  streamline-cli consume orders --from @-1h -f --format '%p/%o %k %v\\n'\n"
      "  streamline-cli consume orders -p 0 --from -10 -o json\n  streamline-cli consume orders -g billing -f");
  command->callback([&session, options] { session.command = [options](Session& s) { return consume(s, *options); }; });
}

}  // namespace streamline::cli
