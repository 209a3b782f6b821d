// What a classic group answers to commits, look-ups and deletion (rules 108 to 111).
#include "groups/classic/classic_group.h"
#include "groups/classic/rebalance.h"
#include "groups/classic/subscription.h"

namespace streamline::groups {

using wire::ErrorCode;

ErrorCode ClassicGroup::check_commit(const Committer& committer) const {
  if (committer.generation_or_epoch < 0 && is_in(ClassicState::empty)) return ErrorCode::none;
  // A group with members belongs to them; the fencing of transactions stands in for that.
  if (!committer.says_who_it_is()) {
    return is_in(ClassicState::empty) || committer.is_transactional() ? ErrorCode::none : ErrorCode::unknown_member_id;
  }
  const ErrorCode known = check_member(committer.member_id, committer.instance_id);
  if (known != ErrorCode::none) return known;
  if (committer.generation_or_epoch != generation_) return ErrorCode::illegal_generation;
  // Before the sync nobody owns anything yet. While the next rebalance is prepared the old owners still may (rule 13.6).
  const bool waits = is_in(ClassicState::completing_rebalance) && !committer.is_transactional();
  return waits ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

void ClassicGroup::on_commit(Step& step, const Committer& committer) {
  const ClassicMember* member = find_member(committer.member_id);
  if (member != nullptr) classic::restart_session(step, *this, *member);
}

ErrorCode ClassicGroup::check_fetch(std::optional<std::string_view>, std::int32_t) const { return ErrorCode::none; }

ErrorCode ClassicGroup::check_delete() const { return is_in(ClassicState::empty) ? ErrorCode::none : ErrorCode::non_empty_group; }

ErrorCode ClassicGroup::check_offset_delete() const {
  // Of other protocols nobody here knows what their members use.
  const bool may_tell = protocol_type() == kConsumerProtocolType;
  return is_in(ClassicState::empty) || may_tell ? ErrorCode::none : ErrorCode::non_empty_group;
}

bool ClassicGroup::subscribes_to(std::string_view topic) const { return subscribed_topics_ && subscribed_topics_->contains(topic); }

OffsetRetention ClassicGroup::offset_retention() const {
  using From = OffsetRetention::From;
  // Nobody ever joined: whoever commits here assigns its partitions itself.
  if (!protocol_type_) return {From::commit};
  if (is_in(ClassicState::empty))
    return state_since_ms_ < 0 ? OffsetRetention{From::commit} : OffsetRetention{From::group_empty, state_since_ms_};
  const bool knows_topics = protocol_type() == kConsumerProtocolType && subscribed_topics_;
  return {knows_topics && is_in(ClassicState::stable) ? From::commit : From::never};
}

void ClassicGroup::erase(Step& step) {
  const std::string id = this->id();
  if (has_record_) return step.erase(wire::GroupMetadataKey{.group = id});
  step.state.remove(id);
}

void ClassicGroup::abandon(Step& step, ErrorCode error) {
  for (auto& [id, member] : members_) classic::answer_parked(step, *this, member, error);
}

}  // namespace streamline::groups
