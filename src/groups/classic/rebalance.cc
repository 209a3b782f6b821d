// The phases of a rebalance and their deadlines (rules 100, 101, 103).
#include "groups/classic/rebalance.h"

#include <algorithm>
#include <string>
#include <vector>

#include "groups/classic/group_record.h"

namespace streamline::groups::classic {

using wire::ErrorCode;

namespace {

constexpr std::string_view kSyncMissing = "members did not sync in time";

TimerKey join_timer(const ClassicGroup& group) { return {TimerKind::classic_join, group.id(), {}}; }
TimerKey sync_timer(const ClassicGroup& group) { return {TimerKind::classic_sync, group.id(), {}}; }

void abort_syncs(Step& step, ClassicGroup& group) {
  for (auto& [id, member] : group.members()) {
    member.assignment.clear();
    const auto call = std::exchange(member.sync, std::nullopt);
    if (!call) continue;
    answer_sync(step, *call, ErrorCode::rebalance_in_progress);
    // While it waited its session may have ended unheeded.
    restart_session(step, group, member);
  }
}

/// Members that did not join again in time are out. Static ones stay: their sessions decide.
void drop_absent(Step& step, ClassicGroup& group) {
  std::vector<std::string> absent;
  for (const auto& [id, member] : group.members()) {
    if (!member.join && !member.instance_id) absent.push_back(id);
  }
  for (const std::string& id : absent) {
    end_session(step, group, id);
    group.remove(id);
  }
}

void answer_all_joined(Step& step, ClassicGroup& group) {
  for (auto& [id, member] : group.members()) {
    if (const auto call = group.take_join(member)) answer_joined(step, group, member, *call);
    member.is_new = false;
    restart_session(step, group, member);
    group.await_sync(member);
  }
  step.state.timers.set(sync_timer(group), step.now.monotonic_ms + group.rebalance_timeout_ms());
}

void complete_join(Step& step, ClassicGroup& group) {
  step.state.timers.cancel(join_timer(group));
  drop_absent(step, group);
  if (!group.elect_joined_leader() && group.has_members()) {
    // Only static members are left and none of them is here: wait for them or for the end of their sessions.
    step.state.timers.set(join_timer(group), step.now.monotonic_ms + group.rebalance_timeout_ms());
    return;
  }
  group.begin_generation(step.now.wall_ms);
  if (group.has_members()) return answer_all_joined(step, group);
  group.note().ended_ms = step.now.wall_ms;
  put(step, group, record_of(group, step.arena));
}

void begin_rebalance(Step& step, ClassicGroup& group, const Cause& cause) {
  if (group.is_in(ClassicState::completing_rebalance)) abort_syncs(step, group);
  step.state.timers.cancel(sync_timer(group));
  group.stop_awaiting_syncs();
  const bool was_empty = group.is_in(ClassicState::empty);
  group.enter(ClassicState::preparing_rebalance, step.now.wall_ms);
  group.note() = {std::string(cause.reason), std::string(cause.member_id), step.now.wall_ms, -1};
  if (was_empty) {
    const std::int64_t delay_ms = step.state.options.initial_rebalance_delay_ms;
    group.first_joins = {.remaining_ms = std::max<std::int64_t>(group.rebalance_timeout_ms() - delay_ms, 0)};
    step.state.timers.set(join_timer(group), step.now.monotonic_ms + delay_ms);
    return;
  }
  if (group.has_all_joined()) return complete_join(step, group);
  step.state.timers.set(join_timer(group), step.now.monotonic_ms + group.rebalance_timeout_ms());
}

}  // namespace

void restart_session(Step& step, const ClassicGroup& group, const ClassicMember& member) {
  step.state.timers.set({TimerKind::classic_session, group.id(), member.id}, step.now.monotonic_ms + member.session_timeout_ms);
}

void end_session(Step& step, const ClassicGroup& group, std::string_view member_id) {
  step.state.timers.cancel({TimerKind::classic_session, group.id(), std::string(member_id)});
}

void rebalance(Step& step, ClassicGroup& group, const Cause& cause) {
  if (group.is_in(ClassicState::preparing_rebalance)) return complete_join_if_all_joined(step, group);
  begin_rebalance(step, group, cause);
}

void complete_join_if_all_joined(Step& step, ClassicGroup& group) {
  if (!group.is_in(ClassicState::preparing_rebalance) || !group.has_all_joined()) return;
  // The first members of a group wait for their delay to end.
  if (group.previous_state() == ClassicState::empty) return;
  complete_join(step, group);
}

void remove_member(Step& step, ClassicGroup& group, ClassicMember& member, const Cause& cause) {
  const std::string id = member.id;
  end_session(step, group, id);
  answer_parked(step, group, member, ErrorCode::unknown_member_id);
  group.remove(id);
  if (!group.is_in(ClassicState::empty)) rebalance(step, group, cause);
}

void received_sync(Step& step, ClassicGroup& group, std::string_view member_id) {
  group.stop_awaiting_sync(member_id);
  if (group.awaited_syncs().empty()) step.state.timers.cancel(sync_timer(group));
}

void resume(Step& step, ClassicGroup& group) {
  for (const auto& [id, member] : group.members()) restart_session(step, group, member);
  if (group.members().size() > static_cast<std::size_t>(step.state.options.max_size)) {
    rebalance(step, group, {"the group is larger than group.max.size"});
  }
}

void on_join_deadline(Step& step, ClassicGroup& group) {
  if (!group.is_in(ClassicState::preparing_rebalance)) return;
  ClassicGroup::FirstJoins& first = group.first_joins;
  if (group.previous_state() != ClassicState::empty || !first.another_came || first.remaining_ms == 0) return complete_join(step, group);
  // Members keep coming: extend the delay, as far as the rebalance timeout allows.
  const std::int64_t delay_ms = std::min<std::int64_t>(step.state.options.initial_rebalance_delay_ms, first.remaining_ms);
  first = {.remaining_ms = std::max<std::int64_t>(first.remaining_ms - delay_ms, 0)};
  step.state.timers.set(join_timer(group), step.now.monotonic_ms + delay_ms);
}

void on_sync_deadline(Step& step, ClassicGroup& group) {
  const ClassicGroup::Ids missing = group.awaited_syncs();
  if (missing.empty()) return;
  for (const std::string& id : missing) {
    end_session(step, group, id);
    group.remove(id);
  }
  rebalance(step, group, {kSyncMissing, *missing.begin()});
}

void on_session_end(Step& step, ClassicGroup& group, std::string_view member_id) {
  if (group.pending().contains(member_id)) {
    group.remove(member_id);
    return complete_join_if_all_joined(step, group);
  }
  ClassicMember* member = group.find_member(member_id);
  if (member == nullptr) return;
  // Whoever waits for an answer cannot heartbeat; its session starts again with the answer. A new member may wait for a while only,
  // as nobody would notice that its client is gone.
  if (!member->is_new && (member->join || member->sync)) return;
  remove_member(step, group, *member, {"a member's session ended", member_id});
}

}  // namespace streamline::groups::classic
