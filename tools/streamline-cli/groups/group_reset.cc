// First the plan, then the refusal while members live, then the undo file, and only then the commit.
#include "groups/group_reset.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/groups.h"
#include "groups/reset_target.h"
#include "output/table.h"
#include "output/text.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;
using Kind = ResetTarget::Kind;
using client::TopicPartition;

/// What is to become of one partition.
struct Move {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
};
using Moves = std::map<TopicPartition, Move>;

/// An empty list names everything.
template <class Value>
bool names(const std::vector<Value>& list, const Value& value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

bool is_wanted(const ResetOptions& options, const TopicPartition& of) {
  return names(options.topics, of.topic) && names(options.partitions, of.partition);
}

/// The partitions that the options name; without topics those that the group has committed for.
Result<std::vector<TopicPartition>> partitions_to_move(client::Cluster& cluster, const ResetOptions& options,
                                                       const client::GroupOffsets& committed) {
  std::vector<TopicPartition> wanted;
  for (const std::string& name : options.topics) {
    auto topic = cluster.topic(name);
    if (!topic) return fail_with(std::move(topic));
    for (const auto& partition : (*topic)->partitions) wanted.push_back({.topic = name, .partition = partition.index});
  }
  if (options.topics.empty()) {
    for (const auto& [of, offset] : committed) wanted.push_back(of);
  }
  std::erase_if(wanted, [&](const TopicPartition& of) { return !is_wanted(options, of); });
  if (wanted.empty()) {
    return fail(Errc::invalid_argument,
                options.topics.empty()
                    ? fmt::format("group '{}' has committed nothing there: name what to reset with --topic", options.group)
                    : std::string("no partition of the topics has such a number"));
  }
  return wanted;
}

/// Where that partition is to go, within what its log holds.
Result<std::int64_t> destination(client::Cluster& cluster, const TopicPartition& of, const ResetTarget& target,
                                 const client::GroupOffsets& committed) {
  auto range = client::offset_range(cluster, of);
  if (!range) return fail_with(std::move(range));
  std::int64_t wanted = target.place.value;
  if (target.kind == Kind::shift) {
    const auto current = committed.find(of);
    if (current == committed.end()) {
      return fail(Errc::invalid_argument,
                  fmt::format("nothing is committed in partition {} of topic '{}' to shift from", of.partition, of.topic));
    }
    wanted = current->second.offset + target.shift;
  } else if (target.place.kind != client::OffsetSpec::Kind::offset) {
    auto place = client::resolve(cluster, of, target.place);
    if (!place) return fail_with(std::move(place));
    wanted = place->value;
  }
  return std::clamp(wanted, range->begin.value, range->end.value);
}

/// Of "file:" and "group:", which bring their offsets along.
Result<OffsetList> listed(client::Cluster& cluster, const ResetTarget& target) {
  if (target.kind == Kind::file) {
    auto text = read_whole_file(target.name);
    if (!text) return fail_with(std::move(text));
    return parse_offset_list(*text);
  }
  auto other = client::committed_offsets(cluster, target.name);
  if (!other) return fail_with(std::move(other));
  OffsetList offsets;
  for (const auto& [of, offset] : *other) offsets[of] = offset.offset;
  return offsets;
}

Result<Moves> plan(client::Cluster& cluster, const ResetOptions& options, const ResetTarget& target) {
  auto committed = client::committed_offsets(cluster, options.group);
  if (!committed) return fail_with(std::move(committed));
  Moves moves;
  if (target.kind == Kind::file || target.kind == Kind::group) {
    auto offsets = listed(cluster, target);
    if (!offsets) return fail_with(std::move(offsets));
    for (const auto& [of, offset] : *offsets) {
      if (is_wanted(options, of)) moves[of].after = offset;
    }
    if (moves.empty()) return fail(Errc::not_found, fmt::format("{} lists no offset to take over", options.to));
  } else {
    auto partitions = partitions_to_move(cluster, options, *committed);
    if (!partitions) return fail_with(std::move(partitions));
    for (const TopicPartition& of : *partitions) {
      auto place = destination(cluster, of, target, *committed);
      if (!place) return fail_with(std::move(place));
      moves[of].after = *place;
    }
  }
  for (auto& [of, move] : moves) {
    if (const auto found = committed->find(of); found != committed->end()) move.before = found->second.offset;
  }
  return moves;
}

/// A group that is used cannot be moved: its members would not notice, and commit over it.
Status check_unused(client::Cluster& cluster, const std::string& group) {
  const auto description = client::describe_group(cluster, group);
  if (!description) return description.error().code == Errc::not_found ? Status{} : std::unexpected(description.error());
  if (description->members.empty()) return {};
  std::string who;
  for (const auto& member : description->members) who += fmt::format("\n  {} ({}, {})", member.id, member.client_id, member.host);
  return fail(Errc::invalid_argument,
              fmt::format("group '{}' has {} live members; stop them first:{}", group, description->members.size(), who));
}

std::string undo_name(const ResetOptions& options) {
  if (!options.undo.empty()) return options.undo;
  std::string group = options.group;
  std::ranges::replace_if(group, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_'; }, '_');
  return fmt::format("undo-{}-{}.csv", group, strftime_utc(wall_clock_ms(), "%Y%m%dT%H%M%SZ"));
}

Status carry_out(client::Cluster& cluster, const std::string& group, const Moves& moves, const std::string& undo) {
  if (auto unused = check_unused(cluster, group); !unused) return unused;
  OffsetList before;
  for (const auto& [of, move] : moves) before[of] = move.before;
  if (auto written = write_new_file(undo, format_offset_list(before)); !written) return written;
  client::GroupOffsets after;
  std::vector<TopicPartition> without;
  for (const auto& [of, move] : moves) {
    if (move.after) {
      after[of].offset = *move.after;
    } else if (move.before) {
      without.push_back(of);
    }
  }
  if (auto committed = client::commit_offsets(cluster, group, after); !committed) return committed;
  return client::delete_offsets(cluster, group, without);
}

Json to_json(const ResetOptions& options, const Moves& moves, const std::string& undo) {
  const auto number = [](const std::optional<std::int64_t>& offset) { return offset ? Json(*offset) : Json(nullptr); };
  Json rows = Json::array();
  for (const auto& [of, move] : moves) {
    rows.push_back({{"topic", of.topic}, {"partition", of.partition}, {"before", number(move.before)}, {"after", number(move.after)}});
  }
  return {{"group", options.group},
          {"dry_run", options.dry_run},
          {"undo_file", options.dry_run ? Json(nullptr) : Json(undo)},
          {"partitions", std::move(rows)}};
}

std::string to_text(const ResetOptions& options, const Moves& moves, const std::string& undo, Paint paint) {
  const auto number = [](const std::optional<std::int64_t>& offset) { return offset ? std::to_string(*offset) : std::string(); };
  Table table({"TOPIC", "PARTITION", "BEFORE", "AFTER"});
  for (const auto& [of, move] : moves) table.add({of.topic, std::to_string(of.partition), number(move.before), number(move.after)});
  if (options.dry_run) return table.text(paint) + "nothing was changed\n";
  return table.text(paint) + fmt::format("undo: streamline-cli groups reset {} --to file:{}\n", options.group, undo);
}

}  // namespace

ExitCode reset_group(Session& session, const ResetOptions& options) {
  auto target = parse_reset_target(options.to, wall_clock_ms());
  if (!target) return complain_usage("--to: " + target.error().text);
  auto moves = plan(*session.cluster, options, *target);
  if (!moves) return complain(moves.error());
  const std::string undo = undo_name(options);
  if (!options.dry_run) {
    if (auto done = carry_out(*session.cluster, options.group, *moves, undo); !done) return complain(done.error());
  }
  return finish(session, to_json(options, *moves, undo), to_text(options, *moves, undo, session.paint));
}

}  // namespace streamline::cli
