// ClassicGroup: members, their protocols and the state of a group of the classic protocol (rules 97 to 114).
// Invariants: a leader is a member; every protocol's count is that of the members offering it; parked_joins() is the number of
// members with a parked JoinGroup; the chosen protocol is set from the end of a join phase with members until the next one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "groups/classic/member.h"
#include "groups/group.h"
#include "groups/rebalance_note.h"
#include "wire/messages/group_metadata_value.h"

namespace streamline::groups {

enum class ClassicState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };
/// "Empty", "PreparingRebalance", "CompletingRebalance", "Stable".
std::string_view to_string(ClassicState state);

class ClassicGroup final : public Group {
 public:
  using Members = std::map<std::string, ClassicMember, std::less<>>;
  using Ids = std::set<std::string, std::less<>>;

  explicit ClassicGroup(std::string id) : Group(std::move(id)) {}

  GroupType type() const override { return GroupType::classic; }
  std::string_view state_name() const override { return to_string(state_); }
  std::string_view protocol_type() const override { return protocol_type_ ? std::string_view(*protocol_type_) : std::string_view(); }
  bool has_members() const override { return !members_.empty(); }
  wire::ErrorCode check_commit(const Committer& committer) const override;
  void on_commit(Step& step, const Committer& committer) override;
  wire::ErrorCode check_fetch(std::optional<std::string_view> member_id, std::int32_t member_epoch) const override;
  wire::ErrorCode check_delete() const override;
  bool is_disposable() const override { return is_in(ClassicState::empty) && pending_.empty(); }
  wire::ErrorCode check_offset_delete() const override;
  bool subscribes_to(std::string_view topic) const override;
  OffsetRetention offset_retention() const override;
  void erase(Step& step) override;
  void abandon(Step& step, wire::ErrorCode error) override;

  ClassicState state() const { return state_; }
  bool is_in(ClassicState state) const { return state_ == state; }
  /// Before the present one.
  ClassicState previous_state() const { return previous_state_; }
  std::int64_t state_since_ms() const { return state_since_ms_; }
  std::int32_t generation() const { return generation_; }
  const std::optional<std::string>& protocol_name() const { return protocol_name_; }
  const std::optional<std::string>& leader() const { return leader_; }
  bool is_leader(std::string_view member_id) const { return leader_ && *leader_ == member_id; }
  const Members& members() const { return members_; }
  Members& members() { return members_; }
  ClassicMember* find_member(std::string_view id);
  const ClassicMember* find_member(std::string_view id) const;
  /// Null: no live member has this instance id.
  const std::string* static_member_id(std::string_view instance_id) const;
  const Ids& pending() const { return pending_; }
  const Ids& awaited_syncs() const { return awaited_syncs_; }
  std::size_t parked_joins() const { return parked_joins_; }
  bool has_all_joined() const { return parked_joins_ == members_.size() && pending_.empty(); }
  /// The longest that any member grants its fellows to join again; at least 1 ms, so that no deadline is due at once forever.
  static constexpr std::int32_t kMinRebalanceMs = 1;
  std::int32_t rebalance_timeout_ms() const;
  /// Whether the log holds a record of the group.
  bool has_record() const { return has_record_; }
  /// Nothing of it is in the log, and nobody is in it or on the way in.
  bool is_hollow() const { return is_disposable() && !has_record_; }
  /// None when a member's subscription does not parse or the group is not one of consumers.
  const std::optional<Ids>& subscribed_topics() const { return subscribed_topics_; }
  RebalanceNote& note() { return note_; }
  const RebalanceNote& note() const { return note_; }

  /// none, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member has taken the instance over.
  wire::ErrorCode check_member(std::string_view member_id, std::optional<std::string_view> instance_id) const;
  /// Whether a member with these protocols can join: all present members offer one of them too, with the same type.
  bool accepts(std::string_view protocol_type, const std::vector<OfferedProtocol>& protocols) const;
  /// The protocol most members vote for among those that all offer. There are members and such a protocol.
  std::string vote() const;

  // Volatile changes.

  ClassicMember& add(ClassicMember member, std::string_view protocol_type);
  /// Also forgets that it was pending or awaited. Its parked calls must have been answered.
  void remove(std::string_view member_id);
  void offer(ClassicMember& member, std::vector<OfferedProtocol> protocols);
  /// A static member came back under a new id: it takes its predecessor's place, leadership and assignment.
  ClassicMember& replace(std::string_view old_id, const std::string& new_id);
  void park_join(ClassicMember& member, ParkedCall call);
  std::optional<ParkedCall> take_join(ClassicMember& member);
  void add_pending(std::string_view member_id) { pending_.emplace(member_id); }
  void await_sync(const ClassicMember& member) { awaited_syncs_.insert(member.id); }
  void stop_awaiting_sync(std::string_view member_id);
  void stop_awaiting_syncs() { awaited_syncs_.clear(); }
  void enter(ClassicState state, std::int64_t wall_ms);
  /// The next generation begins, led by a member that joined: with members it awaits their syncs.
  void begin_generation(std::int64_t wall_ms);
  /// Makes a member that has joined the leader, when the present one has not; false when nobody has joined.
  bool elect_joined_leader();

  // Replay.

  /// The group becomes what the record says. Members keep their parked calls.
  void adopt(const wire::GroupMetadataValue& value);

 private:
  void count(const ClassicMember& member, int change);
  void learn_subscriptions();

  ClassicState state_ = ClassicState::empty;
  ClassicState previous_state_ = ClassicState::empty;
  std::int64_t state_since_ms_ = -1;
  std::int32_t generation_ = 0;
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_name_;
  std::optional<std::string> leader_;
  Members members_;
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  std::map<std::string, std::size_t, std::less<>> offers_;          // protocol -> members that offer it
  Ids pending_;                                                     // were given an id and have not joined with it
  Ids awaited_syncs_;
  std::size_t parked_joins_ = 0;
  std::uint64_t next_order_ = 0;
  std::optional<Ids> subscribed_topics_;
  bool has_record_ = false;
  RebalanceNote note_;

 public:
  /// Of the first join phase of an empty group: another member came since the delay was last extended, and how much longer it may
  /// be extended.
  struct FirstJoins {
    bool another_came = false;
    std::int64_t remaining_ms = 0;
  };
  FirstJoins first_joins{};
};

}  // namespace streamline::groups
