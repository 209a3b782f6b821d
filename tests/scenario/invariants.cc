// The invariants, one function each.
#include "scenario/invariants.h"

#include <fmt/format.h>

#include <algorithm>

#include "groups/classic/classic_group.h"
#include "groups/consumer/consumer_group.h"
#include "scenario/text.h"
#include "wire/reader.h"

namespace streamline::scenario {

using groups::ClassicGroup;
using groups::ClassicState;
using groups::TimerKey;
using groups::TimerKind;

namespace {

std::string broken_in_members(const ClassicGroup& group) {
  const bool led = group.leader() && group.find_member(*group.leader()) != nullptr;
  if (group.has_members() != led) return "a group with members has one of them for its leader";
  std::size_t joins = 0;
  for (const auto& [id, member] : group.members()) {
    joins += member.join ? 1 : 0;
    if (member.join && !group.is_in(ClassicState::preparing_rebalance)) return "joins wait only while a rebalance is prepared";
    if (member.sync && !group.is_in(ClassicState::completing_rebalance)) return "syncs wait only for the leader's";
    if (member.join && member.sync) return "a member waits for one thing at a time";
  }
  if (joins != group.parked_joins()) return "the number of parked joins is wrong";
  if (group.is_in(ClassicState::empty) && group.has_members()) return "an empty group has no members";
  const bool chosen = group.is_in(ClassicState::completing_rebalance) || group.is_in(ClassicState::stable);
  if (chosen && !group.protocol_name()) return "a generation has a protocol";
  return {};
}

/// Nobody waits for ever: whoever may stay away has a deadline.
std::string broken_in_timers(const World& world, const ClassicGroup& group) {
  const groups::Timers& timers = world.shard().state().timers;
  const auto is_set = [&](TimerKind kind, const std::string& member) {
    return timers.deadline_of(TimerKey{kind, group.id(), member}).has_value();
  };
  if (group.is_in(ClassicState::preparing_rebalance) != is_set(TimerKind::classic_join, {})) return "a join phase has a deadline";
  if (group.is_in(ClassicState::completing_rebalance) && !group.awaited_syncs().empty() && !is_set(TimerKind::classic_sync, {})) {
    return "missing syncs have a deadline";
  }
  for (const std::string& id : group.pending()) {
    if (!is_set(TimerKind::classic_session, id)) return "a pending id has a deadline";
  }
  for (const auto& [id, member] : group.members()) {
    const bool waits = member.join || member.sync;
    if (!waits && !is_set(TimerKind::classic_session, id)) return "a member has a session";
  }
  return {};
}

/// One owner for each partition, and nobody is given what is not his target's.
std::string broken_in_ownership(const groups::ConsumerGroup& group) {
  std::set<std::pair<TopicId, std::int32_t>> held;
  std::set<std::pair<TopicId, std::int32_t>> meant;
  for (const auto& [id, member] : group.members()) {
    const groups::MemberAssignment& assignment = member.assignment;
    for (const groups::HeldPartitions* part : {&assignment.assigned, &assignment.pending_revocation}) {
      for (const auto& [topic, partitions] : *part) {
        for (const auto& each : partitions) {
          if (!held.emplace(topic, each.partition).second) return "a partition has two holders";
          if (group.is_free(topic, each.partition)) return "a held partition counts as free";
        }
      }
    }
    for (const auto& [topic, partitions] : group.target_of(id)) {
      for (const std::int32_t partition : partitions) {
        if (!meant.emplace(topic, partition).second) return "a partition is in two targets";
      }
    }
    if (member.has_reached(group.assignment_epoch()) && groups::without_epochs(assignment.assigned) != group.target_of(id)) {
      return "a stable member has something else than its target";
    }
    if (assignment.state != groups::MemberState::unrevoked && !assignment.pending_revocation.empty())
      return "only who revokes has something to revoke";
    if (assignment.epoch > group.assignment_epoch()) return "no member is ahead of the target";
  }
  if (group.epoch() < group.assignment_epoch()) return "no target is ahead of the group";
  return {};
}

std::string broken_in_consumer_group(const World& world, const groups::ConsumerGroup& group) {
  const groups::Timers& timers = world.shard().state().timers;
  for (const auto& [id, member] : group.members()) {
    const bool revokes = member.assignment.state == groups::MemberState::unrevoked;
    if (!timers.deadline_of(TimerKey{TimerKind::consumer_session, group.id(), id})) return "a member has a session";
    if (revokes != timers.deadline_of(TimerKey{TimerKind::consumer_rebalance, group.id(), id}).has_value())
      return "who revokes has a deadline";
  }
  if (group.note.ended_ms >= 0 && group.state() == groups::ConsumerState::reconciling) {
    for (const auto& [id, member] : group.members()) {
      // A static member that is away is nobody's rebalance.
      if (member.assignment.epoch >= 0 && !member.has_reached(group.assignment_epoch())) return "a rebalance has ended that goes on";
    }
  }
  return broken_in_ownership(group);
}

std::string group_text(const std::string& durable, const std::string& id) {
  const auto begin = durable.find("group " + id + " ");
  if (begin == std::string::npos) return {};
  auto end = begin;
  do end = durable.find('\n', end + 1);
  while (durable.substr(end + 1).starts_with("  "));
  return durable.substr(begin, end - begin);
}

std::string offsets_text(const std::string& durable) {
  const auto begin = std::min(durable.find("offset "), durable.find("pending "));
  return begin == std::string::npos ? std::string() : durable.substr(begin);
}

}  // namespace

std::string broken_in_state(const World& world, const std::set<std::uint64_t>& waiting) {
  std::set<std::uint64_t> parked;
  for (const auto& [id, each] : world.shard().state().groups) {
    if (each->type() == groups::GroupType::consumer) {
      const std::string broken = broken_in_consumer_group(world, static_cast<const groups::ConsumerGroup&>(*each));
      if (!broken.empty()) return broken + ": " + state_line(world, id);
      continue;
    }
    const auto& group = static_cast<const ClassicGroup&>(*each);
    std::string broken = broken_in_members(group);
    if (broken.empty()) broken = broken_in_timers(world, group);
    if (!broken.empty()) return broken + ": " + state_line(world, id);
    for (const auto& [member_id, member] : group.members()) {
      if (member.join) parked.insert(member.join->ticket.value);
      if (member.sync) parked.insert(member.sync->ticket.value);
    }
  }
  if (parked != waiting) return fmt::format("{} requests wait, {} are parked", waiting.size(), parked.size());
  if (world.shard().state().groups.empty() && world.shard().state().timers.size() != 0) return "timers without groups";
  return {};
}

std::string broken_in_log(World& world) {
  const std::string live = durable_state(world.shard());
  const std::string replayed = durable_state(*world.replayed());
  if (offsets_text(live) != offsets_text(replayed)) return "the log has other offsets:\n" + live + "from the log:\n" + replayed;
  for (const auto& [id, group] : world.shard().state().groups) {
    const std::string ours = group_text(live, id);
    if (!ours.empty() && ours != group_text(replayed, id)) return "the log has another group:\n" + live + "from the log:\n" + replayed;
  }
  return {};
}

std::string GenerationWatch::see(const World& world, const groups::Answer& answer) {
  if (answer.api != wire::ApiKey::join_group) return {};
  Arena arena;
  wire::Reader in(answer.body);
  const auto response = wire::JoinGroupResponse::decode(in, answer.version, arena);
  if (!response) return "an answer does not decode";
  if (response->error_code != 0) return {};
  if (response->generation_id < highest_) return "a generation after a later one";
  highest_ = response->generation_id;
  // A static leader that came back is told to skip: it leads the same generation under a new id.
  if (response->members.empty() || response->skip_assignment) return {};
  const auto [known, is_new] = leaders_.try_emplace(response->generation_id, response->member_id);
  if (!is_new && known->second != response->member_id) {
    return fmt::format("generation {} has two leaders, {} and {}", response->generation_id, world.names().name_of(known->second),
                       world.names().name_of(response->member_id));
  }
  return {};
}

void GenerationWatch::forget() {
  leaders_.clear();
  highest_ = 0;
}

}  // namespace streamline::scenario
