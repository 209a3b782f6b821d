// Everything is checked before the first record: a refusal leaves no trace.
#include "groups/consumer/member_change.h"

#include "groups/consumer/reconcile.h"
#include "groups/consumer/records.h"
#include "groups/consumer/regex.h"
#include "groups/consumer/removal.h"
#include "groups/consumer/sessions.h"
#include "groups/consumer/target.h"

namespace streamline::groups::consumer {

using wire::ErrorCode;

namespace {

ConsumerGroup* find(const Step& step, std::string_view id) {
  Group* group = step.state.find(id);
  return group != nullptr && group->type() == GroupType::consumer ? static_cast<ConsumerGroup*>(group) : nullptr;
}

/// One member's word on its way into the group.
class Change {
 public:
  Change(Step& step, MemberChange change) : step_(step), change_(std::move(change)), group_(find(step, change_.group)) {
    if (group_ == nullptr) return;
    const ConsumerMember* present = group_->find_member(change_.replaces.empty() ? change_.member_id : change_.replaces);
    if (present != nullptr) before_ = *present;
  }

  std::expected<Changed, Refusal> run() {
    if (auto refusal = check_sizes()) return std::unexpected(*std::move(refusal));
    replace();
    write_metadata();
    const bool subscribes_anew = write_regexes();
    refresh(step_, *group_, subscribes_anew ? std::optional<Cause>({reason(), change_.member_id}) : std::nullopt);
    reconcile();
    note_progress(step_, *group_);
    return Changed{group_, before_ && !replaced_ ? before_->assignment.assigned : HeldPartitions()};
  }

 private:
  bool has_new_regex() const { return !change_.metadata.regex.empty() && (!before_ || before_->metadata.regex != change_.metadata.regex); }

  std::optional<Refusal> check_sizes() {
    if (before_ && change_.replaces.empty() && before_->metadata == change_.metadata) return std::nullopt;
    const ErrorCode too_large = coordinator_error(ErrorCode::message_too_large);
    if (!fits(step_, change_.group, change_.member_id, change_.metadata)) {
      return Refusal{too_large, "What the member says of itself does not fit into one record of the log."};
    }
    if (has_new_regex()) resolved_ = resolve(change_.metadata.regex, step_.state.topics, step_.now.wall_ms);
    ConsumerGroup::Names topics = group_ == nullptr ? ConsumerGroup::Names() : group_->subscribed_topics();
    topics.insert(change_.metadata.topics.begin(), change_.metadata.topics.end());
    if (resolved_) topics.insert(resolved_->topics.begin(), resolved_->topics.end());
    if (!assignable(step_, topics))
      return Refusal{too_large, "The partitions of the group's topics do not fit into one record of the log."};
    return std::nullopt;
  }

  /// A static member came back: it takes over what its predecessor had, and begins at the first epoch.
  void replace() {
    if (change_.replaces.empty()) return;
    const std::string group(change_.group);
    const TopicPartitions target = group_->target_of(change_.replaces);
    MemberAssignment assignment = before_->assignment;
    assignment.epoch = 0;
    assignment.previous_epoch = 0;
    if (change_.replaces != change_.member_id) {
      cancel_timers(step_, group, change_.replaces);
      erase_member(step_, group, change_.replaces);
      put_metadata(step_, group, change_.member_id, change_.metadata);
      put_target(step_, group, change_.member_id, target);
      replaced_ = true;
    }
    put_assignment(step_, group, change_.member_id, assignment);
  }

  void write_metadata() {
    const ConsumerMember* present = group_ == nullptr ? nullptr : group_->find_member(change_.member_id);
    if (present == nullptr || present->metadata != change_.metadata)
      put_metadata(step_, change_.group, change_.member_id, change_.metadata);
    group_ = find(step_, change_.group);
  }

  /// Whether the member subscribes to something else than before.
  bool write_regexes() {
    const std::string old_regex = before_ ? before_->metadata.regex : std::string();
    if (resolved_ && !group_->regexes().contains(change_.metadata.regex)) {
      put_regex(step_, change_.group, change_.metadata.regex, *resolved_);
    }
    if (old_regex != change_.metadata.regex) drop_unused_regex(step_, *group_, old_regex);
    const std::vector<std::string> old_topics = before_ ? before_->metadata.topics : std::vector<std::string>();
    return old_topics != change_.metadata.topics || old_regex != change_.metadata.regex;
  }

  std::string_view reason() const { return before_ ? "a member changed its subscription" : "a member joined"; }

  void reconcile() {
    const ConsumerMember& member = *group_->find_member(change_.member_id);
    const MemberAssignment next = next_assignment(*group_, member, change_.owned);
    if (next != member.assignment) put_assignment(step_, change_.group, change_.member_id, next);
    const ConsumerMember& moved = *group_->find_member(change_.member_id);
    restart_session(step_, *group_, moved);
    watch_revocation(step_, *group_, moved);
  }

  Step& step_;
  MemberChange change_;
  ConsumerGroup* group_;
  std::optional<ConsumerMember> before_;
  std::optional<ResolvedRegex> resolved_;
  bool replaced_ = false;
};

}  // namespace

std::expected<Changed, Refusal> change_member(Step& step, MemberChange change) { return Change(step, std::move(change)).run(); }

void note_progress(Step& step, ConsumerGroup& group) {
  RebalanceNote& note = group.note;
  if (note.reason.empty() || note.ended_ms >= 0) return;
  const ConsumerState state = group.state();
  if (state == ConsumerState::stable || state == ConsumerState::empty) note.ended_ms = step.now.wall_ms;
}

}  // namespace streamline::groups::consumer
