// Deadlines are volatile: a restart begins them anew (rule 113).
#include "groups/consumer/sessions.h"

#include <algorithm>
#include <array>
#include <string>

#include "groups/consumer/removal.h"

namespace streamline::groups::consumer {

namespace {

constexpr std::array kKinds = {TimerKind::consumer_session, TimerKind::consumer_rebalance, TimerKind::consumer_join,
                               TimerKind::consumer_sync};

TimerKey key_of(TimerKind kind, std::string_view group, std::string_view member_id) {
  return {kind, std::string(group), std::string(member_id)};
}

std::int64_t rebalance_deadline(const Step& step, const ConsumerMember& member) {
  return step.now.monotonic_ms + std::max(member.metadata.rebalance_timeout_ms, 0);
}

std::string_view reason_of(TimerKind kind) {
  switch (kind) {
    case TimerKind::consumer_rebalance: return "a member did not give up its partitions in time";
    case TimerKind::consumer_join: return "a member of the classic protocol did not join again in time";
    case TimerKind::consumer_sync: return "a member of the classic protocol did not sync in time";
    default: return "a member's session ended";
  }
}

}  // namespace

void restart_session(Step& step, const ConsumerGroup& group, const ConsumerMember& member) {
  const std::int32_t session_ms =
      member.is_classic() ? member.metadata.classic->session_timeout_ms : step.state.consumer_times(group.id()).session_ms;
  step.state.timers.set(key_of(TimerKind::consumer_session, group.id(), member.id), step.now.monotonic_ms + session_ms);
}

void watch_revocation(Step& step, const ConsumerGroup& group, const ConsumerMember& member) {
  const TimerKey key = key_of(TimerKind::consumer_rebalance, group.id(), member.id);
  if (member.assignment.state != MemberState::unrevoked) return step.state.timers.cancel(key);
  if (!step.state.timers.deadline_of(key)) step.state.timers.set(key, rebalance_deadline(step, member));
}

void await_join(Step& step, const ConsumerGroup& group, const ConsumerMember& member) {
  const TimerKey key = key_of(TimerKind::consumer_join, group.id(), member.id);
  // Reminders do not give it more time.
  if (!step.state.timers.deadline_of(key)) step.state.timers.set(key, rebalance_deadline(step, member));
}

void await_sync(Step& step, const ConsumerGroup& group, const ConsumerMember& member) {
  step.state.timers.set(key_of(TimerKind::consumer_sync, group.id(), member.id), rebalance_deadline(step, member));
}

void stop_awaiting_join(Step& step, std::string_view group, std::string_view member_id) {
  step.state.timers.cancel(key_of(TimerKind::consumer_join, group, member_id));
}

void stop_awaiting_sync(Step& step, std::string_view group, std::string_view member_id) {
  step.state.timers.cancel(key_of(TimerKind::consumer_sync, group, member_id));
}

void cancel_timers(Step& step, std::string_view group, std::string_view member_id) {
  for (const TimerKind kind : kKinds) step.state.timers.cancel(key_of(kind, group, member_id));
}

void resume(Step& step, ConsumerGroup& group) {
  for (const auto& [id, member] : group.members()) {
    restart_session(step, group, member);
    watch_revocation(step, group, member);
  }
}

void on_deadline(Step& step, ConsumerGroup& group, TimerKind kind, std::string_view member_id) {
  if (group.find_member(member_id) == nullptr) return;
  remove_members(step, group, {std::string(member_id)}, {reason_of(kind), member_id});
}

}  // namespace streamline::groups::consumer
