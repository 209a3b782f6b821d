// ConsumerGroup: members, targets and epochs of a group of the new protocol (KIP-848, rules 115 to 126). README.md has the states.
// Invariants: the group's epoch is never below its assignment's; a partition counts one holder for each member that has it assigned or
// has still to give it up; the counts of subscribers are those of the members. All of it but the last two fields comes from the log.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "groups/consumer/member.h"
#include "groups/group.h"
#include "groups/rebalance_note.h"

namespace streamline::groups {

enum class ConsumerState : std::uint8_t { empty, assigning, reconciling, stable };
/// "Empty", "Assigning", "Reconciling", "Stable".
std::string_view to_string(ConsumerState state);

/// What a regular expression of a member stood for when it was last looked at.
struct ResolvedRegex {
  std::set<std::string, std::less<>> topics{};
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;
};

class ConsumerGroup final : public Group {
 public:
  using Members = std::map<std::string, ConsumerMember, std::less<>>;
  using Names = std::set<std::string, std::less<>>;
  /// Group and assignment begin with it.
  static constexpr std::int32_t kFirstEpoch = 1;

  explicit ConsumerGroup(std::string id) : Group(std::move(id)) {}

  GroupType type() const override { return GroupType::consumer; }
  std::string_view state_name() const override { return to_string(state()); }
  std::string_view protocol_type() const override { return "consumer"; }
  bool has_members() const override { return !members_.empty(); }
  wire::ErrorCode check_commit(const Committer& committer) const override;
  wire::ErrorCode check_commit_of(const Committer& committer, const TopicId& topic, std::int32_t partition) const override;
  void on_commit(Step&, const Committer&) override {}
  wire::ErrorCode check_fetch(std::optional<std::string_view> member_id, std::int32_t member_epoch) const override;
  wire::ErrorCode check_delete() const override;
  bool is_disposable() const override { return members_.empty(); }
  wire::ErrorCode check_offset_delete() const override { return wire::ErrorCode::none; }
  bool subscribes_to(std::string_view topic) const override;
  OffsetRetention offset_retention() const override { return {OffsetRetention::From::commit}; }
  void erase(Step& step) override;
  /// Nobody waits in such a group.
  void abandon(Step&, wire::ErrorCode) override {}

  ConsumerState state() const;
  std::int32_t epoch() const { return epoch_; }
  std::int32_t assignment_epoch() const { return assignment_epoch_; }
  std::int64_t metadata_hash() const { return metadata_hash_; }
  const Members& members() const { return members_; }
  /// Null when nobody has the id.
  const ConsumerMember* find_member(std::string_view id) const;
  /// Null when nobody has the instance id, or none is given.
  const ConsumerMember* find_static(std::optional<std::string_view> instance_id) const;
  /// The target of a member; empty when it has none.
  const TopicPartitions& target_of(std::string_view member_id) const;
  bool has_target(std::string_view member_id) const { return targets_.contains(member_id); }
  const std::map<std::string, ResolvedRegex, std::less<>>& regexes() const { return regexes_; }
  /// Members that subscribe with this regular expression.
  std::size_t subscribers_of_regex(std::string_view regex) const;
  /// The topics of all members, by name or by regular expression, whether they are there or not.
  Names subscribed_topics() const;
  /// Those of one member.
  Names subscribed_topics(const ConsumerMember& member) const;
  /// Nobody holds it.
  bool is_free(const TopicId& topic, std::int32_t partition) const;
  /// Whether every member speaks the classic protocol.
  bool is_all_classic() const { return !members_.empty() && classic_members_ == members_.size(); }
  /// Whether a member of the classic protocol that offers these can be together with the others of that protocol.
  bool accepts(std::string_view protocol_type, const std::vector<OfferedProtocol>& protocols) const;

  // Replay.

  void set_metadata(std::string_view member_id, MemberMetadata metadata);
  void set_assignment(std::string_view member_id, MemberAssignment assignment);
  void remove_member(std::string_view member_id);
  void set_target(std::string_view member_id, TopicPartitions target);
  void remove_target(std::string_view member_id);
  void set_epoch(std::int32_t epoch, std::int64_t metadata_hash);
  void set_assignment_epoch(std::int32_t epoch) { assignment_epoch_ = epoch; }
  void set_regex(std::string_view regex, ResolvedRegex resolved);
  void remove_regex(std::string_view regex);

  // Volatile.

  /// Why the group's epoch grew last; it has ended when every member has reached its target.
  RebalanceNote note{};
  /// TopicLookup::version() when epoch and regular expressions were last compared with the topics; none after a load.
  std::optional<std::uint64_t> seen_topics{};

 private:
  enum class Change : std::uint8_t { add, remove };
  void count_metadata(const ConsumerMember& member, Change change);
  void count_holder(const MemberAssignment& assignment, Change change);

  std::int32_t epoch_ = kFirstEpoch;
  std::int32_t assignment_epoch_ = kFirstEpoch;
  std::int64_t metadata_hash_ = 0;
  Members members_;
  std::map<std::string, TopicPartitions, std::less<>> targets_;
  std::map<std::string, ResolvedRegex, std::less<>> regexes_;
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  std::map<std::string, std::size_t, std::less<>> topic_subscribers_;
  std::map<std::string, std::size_t, std::less<>> regex_subscribers_;
  std::map<std::string, std::size_t, std::less<>> offers_;  // classic protocol -> members that offer it
  std::size_t classic_members_ = 0;
  std::map<TopicId, std::map<std::int32_t, std::uint32_t>> holders_;
};

}  // namespace streamline::groups
