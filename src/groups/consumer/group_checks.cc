// What a group of the new protocol answers to commits, look-ups and deletion (rules 108 to 111, 122).
#include "groups/consumer/consumer_group.h"

namespace streamline::groups {

using wire::ErrorCode;

namespace {

/// The first commit whose clients know what a member epoch is.
constexpr std::int16_t kFirstCommitWithEpochs = 9;

ErrorCode wrong_epoch(const ConsumerMember& member) {
  return member.is_classic() ? ErrorCode::illegal_generation : ErrorCode::stale_member_epoch;
}

}  // namespace

ErrorCode ConsumerGroup::check_commit(const Committer& committer) const {
  if (committer.generation_or_epoch < 0 && members_.empty()) return ErrorCode::none;
  if (committer.is_transactional() && !committer.says_who_it_is()) return ErrorCode::none;
  const ConsumerMember* member = find_member(committer.member_id);
  if (member == nullptr) return ErrorCode::unknown_member_id;
  if (!committer.is_transactional() && !member->is_classic() && committer.version < kFirstCommitWithEpochs)
    return ErrorCode::unsupported_version;
  return committer.generation_or_epoch > member->assignment.epoch ? wrong_epoch(*member) : ErrorCode::none;
}

ErrorCode ConsumerGroup::check_commit_of(const Committer& committer, const TopicId& topic, std::int32_t partition) const {
  const ConsumerMember* member = find_member(committer.member_id);
  if (member == nullptr || committer.generation_or_epoch == member->assignment.epoch) return ErrorCode::none;
  // The member went on to a later epoch while this commit was on its way; what it has held all the time is still its to commit.
  const HeldPartition* held = find_held(member->assignment.assigned, topic, partition);
  if (held == nullptr) held = find_held(member->assignment.pending_revocation, topic, partition);
  const bool has_held = held != nullptr && committer.generation_or_epoch >= held->since_epoch;
  return has_held ? ErrorCode::none : wrong_epoch(*member);
}

ErrorCode ConsumerGroup::check_fetch(std::optional<std::string_view> member_id, std::int32_t member_epoch) const {
  if (!member_id && member_epoch < 0) return ErrorCode::none;
  const ConsumerMember* member = find_member(member_id.value_or(""));
  if (member == nullptr) return ErrorCode::unknown_member_id;
  return member->assignment.epoch == member_epoch ? ErrorCode::none : wrong_epoch(*member);
}

ErrorCode ConsumerGroup::check_delete() const { return members_.empty() ? ErrorCode::none : ErrorCode::non_empty_group; }

}  // namespace streamline::groups
