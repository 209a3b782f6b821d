// Hands each operation to the protocol of its group, and keeps what is common to all: loading, listing, deadlines, sweeps.
#include "groups/group_shard.h"

#include <algorithm>

#include "groups/classic/classic_group.h"
#include "groups/classic/description.h"
#include "groups/classic/join.h"
#include "groups/classic/membership.h"
#include "groups/classic/rebalance.h"
#include "groups/consumer/classic_members.h"
#include "groups/consumer/consumer_group.h"
#include "groups/consumer/description.h"
#include "groups/consumer/heartbeat.h"
#include "groups/consumer/sessions.h"
#include "groups/offsets/commit.h"
#include "groups/offsets/fetch.h"
#include "groups/offsets/removal.h"
#include "groups/replay.h"
#include "groups/step.h"

namespace streamline::groups {

using wire::ErrorCode;

namespace {

/// Groups that one call of expire_offsets() looks at.
constexpr std::size_t kGroupsPerSweep = 1000;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool passes(std::span<const std::string_view> filter, std::string_view name) {
  return filter.empty() ||
         std::any_of(filter.begin(), filter.end(), [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

}  // namespace

GroupShard::GroupShard(const Options& options, const TopicLookup& topics, IdSource& ids) : state_(options, topics, ids) {}

Step GroupShard::begin(Now now, Effects& effects) {
  arena_.reset();
  return Step{state_, effects, now, arena_};
}

ClassicGroup* GroupShard::classic_group(std::string_view id) const {
  Group* group = state_.find(id);
  return group != nullptr && group->type() == GroupType::classic ? static_cast<ClassicGroup*>(group) : nullptr;
}

ConsumerGroup* GroupShard::consumer_group(std::string_view id) const {
  Group* group = state_.find(id);
  return group != nullptr && group->type() == GroupType::consumer ? static_cast<ConsumerGroup*>(group) : nullptr;
}

void GroupShard::forget_if_hollow(std::string_view id) {
  const ClassicGroup* group = classic_group(id);
  if (group != nullptr && group->is_hollow() && !state_.has_offsets(id)) state_.remove(id);
}

void GroupShard::replay(ByteView key, std::optional<ByteView> value, ProducerId producer) {
  arena_.reset();
  ++load_figures_.records;
  const Status replayed = groups::replay(state_, key, value, producer, arena_);
  if (replayed) return;
  ++load_figures_.skipped;
  load_figures_.last_skip = replayed.error().text;
}

void GroupShard::loaded(Now now, Effects& effects) {
  Step step = begin(now, effects);
  offsets::remove_orphans(step);
  std::vector<std::string> ids;
  for (const auto& [id, group] : state_.groups) ids.push_back(id);
  for (const std::string& id : ids) {
    forget_if_hollow(id);
    if (ClassicGroup* group = classic_group(id)) classic::resume(step, *group);
    if (ConsumerGroup* group = consumer_group(id)) consumer::resume(step, *group);
  }
}

void GroupShard::join(const wire::JoinGroupRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  // A group without members follows whoever comes first.
  ConsumerGroup* group = consumer_group(request.group_id);
  if (group != nullptr && group->has_members() && classic::has_good_session(step, request))
    consumer::join(step, *group, request, call);
  else
    classic::join(step, request, call);
  forget_if_hollow(request.group_id);
}

void GroupShard::sync(const wire::SyncGroupRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  if (ConsumerGroup* group = consumer_group(request.group_id)) return consumer::sync(step, *group, request, call);
  classic::sync(step, classic_group(request.group_id), request, call);
}

void GroupShard::heartbeat(const wire::HeartbeatRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  if (ConsumerGroup* group = consumer_group(request.group_id)) return consumer::classic_heartbeat(step, *group, request, call);
  classic::heartbeat(step, classic_group(request.group_id), request, call);
}

void GroupShard::leave(const wire::LeaveGroupRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  if (ConsumerGroup* group = consumer_group(request.group_id)) return consumer::classic_leave(step, *group, request, call);
  classic::leave(step, classic_group(request.group_id), request, call);
  forget_if_hollow(request.group_id);
}

void GroupShard::consumer_heartbeat(const wire::ConsumerGroupHeartbeatRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  consumer::heartbeat(step, request, call);
}

void GroupShard::commit_offsets(const wire::OffsetCommitRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  offsets::commit(step, request, call);
}

void GroupShard::commit_offsets_in_transaction(const wire::TxnOffsetCommitRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  offsets::commit_in_transaction(step, request, call);
}

void GroupShard::end_transaction(ProducerId producer, TransactionEnd end) {
  const std::vector<std::string> groups = state_.pending.groups_of(producer);
  apply_end(state_, producer, end);
  for (const std::string& id : groups) forget_if_hollow(id);
}

void GroupShard::delete_offsets(const wire::OffsetDeleteRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  offsets::remove(step, request, call);
}

wire::DescribeGroupsResponse::DescribedGroup GroupShard::describe(std::string_view group, std::int16_t version, Arena& arena) const {
  return classic::describe(state_, group, version, arena);
}

wire::ConsumerGroupDescribeResponse::DescribedGroup GroupShard::describe_consumer_group(std::string_view group, Arena& arena) const {
  return consumer::describe(state_, group, arena);
}

void GroupShard::set_consumer_times(std::string_view group, const std::optional<ConsumerTimes>& times) {
  const auto present = state_.own_times.find(group);
  if (times)
    state_.own_times.insert_or_assign(std::string(group), *times);
  else if (present != state_.own_times.end())
    state_.own_times.erase(present);
}

std::vector<wire::ListGroupsResponse::ListedGroup> GroupShard::list(const wire::ListGroupsRequest& request, Arena& arena) const {
  std::vector<wire::ListGroupsResponse::ListedGroup> listed;
  for (const auto& [id, group] : state_.groups) {
    if (!passes(request.states_filter, group->state_name()) || !passes(request.types_filter, to_string(group->type()))) continue;
    auto& entry = listed.emplace_back();
    entry.group_id = arena.copy(id);
    entry.protocol_type = arena.copy(group->protocol_type());
    entry.group_state = group->state_name();
    entry.group_type = to_string(group->type());
  }
  return listed;
}

wire::OffsetFetchResponse::OffsetFetchResponseGroup GroupShard::fetch_offsets(
    const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request, const offsets::Fetching& how, Arena& arena) const {
  return offsets::fetch(state_, request, how, arena);
}

ErrorCode GroupShard::delete_group(std::string_view id, Now now, Effects& effects) {
  Group* group = state_.find(id);
  if (group == nullptr) return ErrorCode::group_id_not_found;
  const ErrorCode error = group->check_delete();
  if (error != ErrorCode::none) return error;
  Step step = begin(now, effects);
  offsets::remove_all(step, id);
  group->erase(step);
  return ErrorCode::none;
}

void GroupShard::fire(Step& step, const TimerKey& timer) {
  if (ConsumerGroup* group = consumer_group(timer.group)) return consumer::on_deadline(step, *group, timer.kind, timer.member);
  ClassicGroup* group = classic_group(timer.group);
  if (group == nullptr) return;
  switch (timer.kind) {
    case TimerKind::classic_join: return classic::on_join_deadline(step, *group);
    case TimerKind::classic_sync: return classic::on_sync_deadline(step, *group);
    case TimerKind::classic_session: return classic::on_session_end(step, *group, timer.member);
    case TimerKind::consumer_session:
    case TimerKind::consumer_rebalance:
    case TimerKind::consumer_join:
    case TimerKind::consumer_sync: return;
  }
}

void GroupShard::expire(Now now, Effects& effects) {
  while (const auto timer = state_.timers.take_due(now.monotonic_ms)) {
    Step step = begin(now, effects);
    fire(step, *timer);
    forget_if_hollow(timer->group);
  }
}

GroupShard::Sweep GroupShard::expire_offsets(Now now, Effects& effects) {
  Step step = begin(now, effects);
  std::vector<std::string> ids;
  for (auto at = state_.groups.lower_bound(sweep_from_); at != state_.groups.end() && ids.size() <= kGroupsPerSweep; ++at) {
    ids.push_back(at->first);
  }
  sweep_from_.clear();
  if (ids.size() > kGroupsPerSweep) {
    sweep_from_ = ids.back();
    ids.pop_back();
  }
  for (const std::string& id : ids) {
    Group& group = *state_.find(id);
    offsets::remove_expired(step, group);
    if (!state_.has_offsets(id) && group.is_disposable()) group.erase(step);
  }
  return sweep_from_.empty() ? Sweep::done : Sweep::more;
}

void GroupShard::topic_deleted(std::string_view topic, const TopicId& id, Now now, Effects& effects) {
  Step step = begin(now, effects);
  offsets::remove_topic(step, topic, id);
}

void GroupShard::abandon(ErrorCode error, Effects& effects) {
  Step step = begin({}, effects);
  for (const auto& [id, group] : state_.groups) group->abandon(step, error);
}

const RebalanceNote* GroupShard::last_rebalance(std::string_view id) const {
  const RebalanceNote* note = nullptr;
  if (const ClassicGroup* group = classic_group(id)) note = &group->note();
  if (const ConsumerGroup* group = consumer_group(id)) note = &group->note;
  return note == nullptr || note->reason.empty() ? nullptr : note;
}

}  // namespace streamline::groups
