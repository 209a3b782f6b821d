// top: the busiest topics and the laziest groups, again and again.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "client/groups.h"
#include "client/offset_spec.h"
#include "client/socket.h"
#include "commands.h"

namespace streamline::cli {

namespace {

struct TopOptions {
  std::string every = "2s";
  std::int64_t looks = 0;
  std::size_t rows = 0;
};

constexpr std::array kTopKeys = {
    Column{"name", "NAME", "topic or group"},
    Column{"kind", "KIND", "topic or group"},
    Column{"rate", "RECORDS/S", "topic: written a second; group: committed a second; null in the first look", Type::integer_or_null},
    Column{"records", "RECORDS", "topic: between first and last offset; group: not committed yet (lag)", Type::integer},
    Column{"partitions", "PARTITIONS", "how many", Type::integer},
};

struct Row {
  std::string name;
  std::string kind;
  /// What grows: ends of the logs, or committed offsets.
  std::int64_t position = 0;
  std::int64_t records = 0;
  std::size_t partitions = 0;
};
using Key = std::pair<std::string, std::string>;

Result<std::map<client::TopicPartition, client::OffsetRange>> all_ranges(client::Cluster& cluster) {
  auto topics = cluster.topics();
  if (!topics) return fail_with(std::move(topics));
  std::vector<client::TopicPartition> all;
  for (const auto& topic : *topics) {
    if (topic.internal) continue;
    for (const auto& partition : topic.partitions) all.push_back({.topic = topic.name, .partition = partition.index});
  }
  return client::offset_ranges(cluster, all);
}

Result<std::map<Key, Row>> look(client::Cluster& cluster) {
  auto ranges = all_ranges(cluster);
  if (!ranges) return fail_with(std::move(ranges));
  std::map<Key, Row> rows;
  for (const auto& [of, range] : *ranges) {
    Row& row = rows[{"topic", of.topic}];
    row.position += range.end.value;
    row.records += range.end - range.begin;
    ++row.partitions;
  }
  auto groups = client::list_groups(cluster);
  if (!groups) return fail_with(std::move(groups));
  for (const auto& group : *groups) {
    auto committed = client::committed_offsets(cluster, group.id);
    // A group that went away since, or one that keeps no offsets, has nothing to show.
    if (!committed) continue;
    Row& row = rows[{"group", group.id}];
    for (const auto& [of, offset] : *committed) {
      const auto range = ranges->find(of);
      if (range == ranges->end()) continue;
      row.position += offset.offset;
      row.records += std::max<std::int64_t>(0, range->second.end.value - offset.offset);
      ++row.partitions;
    }
  }
  for (auto& [key, row] : rows) {
    row.kind = key.first;
    row.name = key.second;
  }
  return rows;
}

/// So many that the terminal need not scroll.
std::size_t rows_that_fit() {
  constexpr std::size_t kOtherwise = 20;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 4) return kOtherwise;
  return size.ws_row - 2U;
}

ExitCode top(Session& session, const TopOptions& options) {
  using Clock = std::chrono::steady_clock;
  auto every = client::parse_duration(options.every);
  if (!every) return complain_usage("--every " + every.error().text);
  const bool in_place = ::isatty(STDOUT_FILENO) != 0 && (session.output == Output::plain || session.output == Output::table);
  std::map<Key, Row> before;
  Clock::time_point looked_at{};
  for (std::int64_t looks = 1;; ++looks) {
    auto now = look(*session.cluster);
    if (!now) return complain(now.error());
    const auto at = Clock::now();
    const double seconds = std::chrono::duration<double>(at - looked_at).count();
    struct Rated {
      const Row* row;
      Json rate;
    };
    std::vector<Rated> rated;
    for (const auto& [key, row] : *now) {
      const auto last = before.find(key);
      const bool known = looks > 1 && last != before.end() && seconds > 0;
      rated.push_back({&row, known ? Json(static_cast<std::int64_t>(static_cast<double>(row.position - last->second.position) / seconds))
                                   : Json(nullptr)});
    }
    std::ranges::sort(rated, [](const Rated& a, const Rated& b) {
      const std::int64_t left = a.rate.is_null() ? 0 : a.rate.get<std::int64_t>();
      const std::int64_t right = b.rate.is_null() ? 0 : b.rate.get<std::int64_t>();
      return std::tie(right, b.row->records, a.row->name) < std::tie(left, a.row->records, b.row->name);
    });
    const std::size_t most = options.rows > 0 ? options.rows : in_place ? rows_that_fit() : rated.size();
    if (rated.size() > most) rated.resize(most);
    Listing listing(kTopKeys);
    for (const Rated& each : rated) listing.add({each.row->name, each.row->kind, each.rate, each.row->records, each.row->partitions});
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

void add_top(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<TopOptions>(
      app, session, {"top", "Show again and again the busiest topics and what groups are behind", {.keys = kTopKeys}}, top);
  command->add_option("--every", options->every, "pause between two looks (2s)");
  command->add_option("-n,--count", options->looks, "stop after so many looks")->check(CLI::PositiveNumber);
  command->add_option("--rows", options->rows, "show so many at most (on a terminal as many as fit)")->check(CLI::PositiveNumber);
  command->footer("Examples:\n  streamline-cli top\n  streamline-cli top --every 500ms --rows 5\n  streamline-cli top -n 2 -o json");
}

}  // namespace streamline::cli
