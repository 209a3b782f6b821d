// Checks of the options.
#include "consume_plan.h"

#include <algorithm>

namespace streamline::cli {

using client::OffsetSpec;

Result<ConsumePlan> plan_consume(const ConsumeOptions& options, Output output) {
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
  if (!options.group.empty() && !options.partitions.empty())
    return fail(Errc::invalid_argument, "-p and -g both say which partitions are read; give one");
  if (options.count) planned.count = *options.count;
  if (!options.format.empty() && output != Output::plain)
    return fail(Errc::invalid_argument, "--format and -o both say how records look; give one");
  auto format = RecordFormat::parse(options.format.empty() ? "%v\\n" : options.format);
  if (!format) return fail(Errc::invalid_argument, "--format: " + format.error().text);
  planned.format = *std::move(format);
  return planned;
}

Result<std::optional<Offset>> stop_of(client::Cluster& cluster, const client::TopicPartition& of, const ConsumeOptions& options,
                                      const ConsumePlan& planned) {
  if (!planned.until) return std::nullopt;
  const bool explicit_offset = planned.until->kind == OffsetSpec::Kind::offset;
  if (explicit_offset && options.follow) return Offset(planned.until->value);
  auto stop = client::resolve(cluster, of, explicit_offset ? OffsetSpec{.kind = OffsetSpec::Kind::end} : *planned.until);
  if (!stop) return fail_with(std::move(stop));
  return explicit_offset ? std::min(*stop, Offset(planned.until->value)) : *stop;
}

}  // namespace streamline::cli
