// Checks of the options.
#include "records/consume_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamline::cli {

using client::OffsetSpec;

namespace {

/// The two ends of what is read, as texts.
struct Ends {
  std::string from;
  std::string until;
};

/// rpk's grammar: "FROM", "FROM:UNTIL", ":UNTIL", "@TIME:TIME". A time may hold colons itself, so every colon is tried.
Result<Ends> split_offset(const std::string& text, std::int64_t now_ms) {
  if (client::parse_offset_spec(text, now_ms)) return Ends{.from = text, .until = {}};
  for (std::size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
    Ends ends{.from = text.substr(0, colon), .until = text.substr(colon + 1)};
    if (ends.from.empty()) ends.from = "beginning";
    // Behind a time the second one may stand without its sign.
    const bool is_time = ends.from.starts_with('@') && !ends.until.starts_with('@') && ends.until != "end";
    if (is_time) ends.until.insert(0, "@");
    if (ends.until == "@") ends.until.clear();
    const bool good = client::parse_offset_spec(ends.from, now_ms) && (ends.until.empty() || client::parse_offset_spec(ends.until, now_ms));
    if (good) return ends;
  }
  return fail(Errc::invalid_argument, fmt::format("--offset '{}' is none of FROM, FROM:UNTIL, :UNTIL, @TIME:TIME", text));
}

Status plan_ends(const ConsumeOptions& options, ConsumePlan& planned) {
  const std::int64_t now_ms = wall_clock_ms();
  Ends ends{.from = options.from, .until = options.until};
  if (!options.offset.empty()) {
    if (options.from != "beginning" || !options.until.empty())
      return fail(Errc::invalid_argument, "--offset says both what --from and --until say; give one or the others");
    auto split = split_offset(options.offset, now_ms);
    if (!split) return fail_with(std::move(split));
    ends = *std::move(split);
  }
  auto from = client::parse_offset_spec(ends.from, now_ms);
  if (!from) return fail(Errc::invalid_argument, "--from " + from.error().text);
  planned.from = *from;
  if (!ends.until.empty()) {
    auto until = client::parse_offset_spec(ends.until, now_ms);
    if (!until) return fail(Errc::invalid_argument, "--until " + until.error().text);
    planned.until = *until;
  } else if (!options.follow) {
    planned.until = OffsetSpec{.kind = OffsetSpec::Kind::end};
  }
  if (options.timeout.empty()) return {};
  auto timeout = client::parse_duration(options.timeout);
  if (!timeout) return fail(Errc::invalid_argument, "--timeout " + timeout.error().text);
  planned.timeout = *timeout;
  return {};
}

Status plan_contents(const ConsumeOptions& options, ConsumePlan& planned) {
  if (!options.decode_key.empty()) {
    auto decoder = Decoder::parse(options.decode_key);
    if (!decoder) return fail(decoder.error().code, "--decode-key " + decoder.error().text);
    planned.decode_key = *std::move(decoder);
  }
  if (!options.decode_value.empty()) {
    auto decoder = Decoder::parse(options.decode_value);
    if (!decoder) return fail(decoder.error().code, "--decode-value " + decoder.error().text);
    planned.decode_value = *std::move(decoder);
  }
  if (!options.pick.empty()) {
    auto path = JsonPath::parse(options.pick);
    if (!path) return fail(Errc::invalid_argument, "--jq " + path.error().text);
    planned.pick = *std::move(path);
    if (!planned.decode_value) planned.decode_value = Decoder(Decoding::json);
  }
  auto selection = Selection::make(options.selection, planned.decode_value.value_or(Decoder(Decoding::json)));
  if (!selection) return fail_with(std::move(selection));
  planned.selection = *std::move(selection);
  return {};
}

}  // namespace

Result<ConsumePlan> plan_consume(const ConsumeOptions& options, Output output) {
  ConsumePlan planned;
  if (auto ends = plan_ends(options, planned); !ends) return fail_with(std::move(ends));
  if (!options.group.empty() && !options.partitions.empty())
    return fail(Errc::invalid_argument, "-p and -g both say which partitions are read; give one");
  if (!options.group.empty() && options.topics.size() > 1)
    return fail(Errc::invalid_argument, "-g reads one topic; start it once for each");
  if (options.count) planned.count = *options.count;
  if (options.isolation != "uncommitted" && options.isolation != "committed")
    return fail(Errc::invalid_argument, fmt::format("--isolation '{}' is none of uncommitted, committed", options.isolation));
  if (options.isolation == "committed") planned.isolation = client::Isolation::committed;
  if (auto contents = plan_contents(options, planned); !contents) return fail_with(std::move(contents));
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
  const OffsetSpec asked = explicit_offset ? OffsetSpec{.kind = OffsetSpec::Kind::end} : *planned.until;
  auto stop = client::resolve(cluster, of, asked, planned.isolation);
  if (!stop) return fail_with(std::move(stop));
  return explicit_offset ? std::min(*stop, Offset(planned.until->value)) : *stop;
}

}  // namespace streamline::cli
