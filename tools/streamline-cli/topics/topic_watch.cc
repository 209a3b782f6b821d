// Looks at the ends of all partitions at intervals; what a topic has grown by since the last look is its rate.
#include "topics/topic_watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "client/offset_spec.h"
#include "client/socket.h"
#include "commands.h"

namespace streamline::cli {

namespace {

struct WatchOptions {
  std::vector<std::string> names;
  std::string every = "2s";
  std::int64_t looks = 0;
  bool internal = false;
};

constexpr std::array kWatchKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"partitions", "PARTITIONS", "how many", Type::integer},
    Column{"records", "RECORDS", "between the first and the last offset, over all partitions", Type::integer},
    Column{"end_offset", "END", "sum of the partitions' ends", Type::integer, Shown::wide},
    Column{"rate", "RECORDS/S", "records a second since the look before; null in the first", Type::integer_or_null},
};

/// Of one topic, summed over its partitions.
struct Ends {
  std::size_t partitions = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// By topic, as they are now.
Result<std::map<std::string, Ends>> look(Session& session, const WatchOptions& options) {
  std::vector<client::TopicPartition> all;
  auto topics = session.cluster->topics();
  if (!topics) return fail_with(std::move(topics));
  for (const auto& topic : *topics) {
    const bool named = std::ranges::find(options.names, topic.name) != options.names.end();
    if (!named && (!options.names.empty() || (topic.internal && !options.internal))) continue;
    for (const auto& partition : topic.partitions) all.push_back({.topic = topic.name, .partition = partition.index});
  }
  for (const std::string& name : options.names) {
    const bool found = std::ranges::any_of(all, [&](const client::TopicPartition& of) { return of.topic == name; });
    if (!found) return fail(Errc::not_found, fmt::format("topic '{}' is not there", name));
  }
  auto ranges = client::offset_ranges(*session.cluster, all);
  if (!ranges) return fail_with(std::move(ranges));
  std::map<std::string, Ends> ends;
  for (const auto& [of, range] : *ranges) {
    Ends& sum = ends[of.topic];
    ++sum.partitions;
    sum.begin += range.begin.value;
    sum.end += range.end.value;
  }
  return ends;
}

ExitCode watch(Session& session, const WatchOptions& options) {
  using Clock = std::chrono::steady_clock;
  auto every = client::parse_duration(options.every);
  if (!every) return complain_usage("--every " + every.error().text);
  const bool in_place = ::isatty(STDOUT_FILENO) != 0 && (session.output == Output::plain || session.output == Output::table);
  std::map<std::string, Ends> before;
  std::optional<Clock::time_point> looked_at;
  for (std::int64_t looks = 1;; ++looks) {
    auto now = look(session, options);
    if (!now) return complain(now.error());
    const auto at = Clock::now();
    const double seconds = looked_at ? std::chrono::duration<double>(at - *looked_at).count() : 0;
    Listing listing(kWatchKeys);
    for (const auto& [name, ends] : *now) {
      const auto last = before.find(name);
      const bool known = seconds > 0 && last != before.end();
      const Json rate = known ? Json(static_cast<std::int64_t>(static_cast<double>(ends.end - last->second.end) / seconds)) : Json(nullptr);
      listing.add({name, ends.partitions, ends.end - ends.begin, ends.end, rate});
    }
    // As JSON a line for each look, so that a reader sees where one ends.
    const std::string text =
        session.output == Output::json ? json_text(listing.json(), Layout::one_line) : listing.text(session.output, session.paint);
    const ExitCode printed = finish(fmt::format("{}{}", in_place ? "\x1b[H\x1b[2J" : "", text));
    if (printed != ExitCode::ok || looks == options.looks) return printed;
    before = *std::move(now);
    looked_at = at;
    if (!client::pause(*every, session.interrupt_fd)) return ExitCode::interrupted;
  }
}

}  // namespace

void add_topic_watch(CLI::App& topics, Session& session) {
  const auto [command, options] =
      add_command<WatchOptions>(topics, session, {"watch", "Show again and again what comes in", {.keys = kWatchKeys}}, watch);
  command->add_option("topic", options->names, "names (all topics without them)");
  command->add_option("--every", options->every, "pause between two looks (2s)");
  command->add_option("-n,--count", options->looks, "stop after so many looks")->check(CLI::PositiveNumber);
  command->add_flag("--internal", options->internal, "show internal topics too");
  command->footer(
      "Examples:\n  streamline-cli topics watch\n  streamline-cli topics watch orders --every 500ms\n"
      "  streamline-cli topics watch -n 2 -o json");
}

}  // namespace streamline::cli
