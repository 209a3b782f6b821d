// The bookkeeping of a classic group: who is in it, what they offer, which state it is in.
#include "groups/classic/classic_group.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "groups/classic/subscription.h"

namespace streamline::groups {

using wire::ErrorCode;

std::string_view to_string(ClassicState state) {
  constexpr std::array<std::string_view, 4> kNames = {"Empty", "PreparingRebalance", "CompletingRebalance", "Stable"};
  return kNames[static_cast<std::size_t>(state)];
}

ClassicMember* ClassicGroup::find_member(std::string_view id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}
const ClassicMember* ClassicGroup::find_member(std::string_view id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

const std::string* ClassicGroup::static_member_id(std::string_view instance_id) const {
  const auto found = static_members_.find(instance_id);
  return found == static_members_.end() ? nullptr : &found->second;
}

std::int32_t ClassicGroup::rebalance_timeout_ms() const {
  std::int32_t longest = kMinRebalanceMs;
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout_ms);
  return longest;
}

ErrorCode ClassicGroup::check_member(std::string_view member_id, std::optional<std::string_view> instance_id) const {
  if (instance_id) {
    const std::string* holder = static_member_id(*instance_id);
    if (holder == nullptr) return ErrorCode::unknown_member_id;
    if (*holder != member_id) return ErrorCode::fenced_instance_id;
  }
  return find_member(member_id) == nullptr ? ErrorCode::unknown_member_id : ErrorCode::none;
}

bool ClassicGroup::accepts(std::string_view protocol_type, const std::vector<OfferedProtocol>& protocols) const {
  if (is_in(ClassicState::empty)) return !protocol_type.empty() && !protocols.empty();
  if (!protocol_type_ || *protocol_type_ != protocol_type) return false;
  return std::any_of(protocols.begin(), protocols.end(), [this](const OfferedProtocol& offered) {
    const auto found = offers_.find(offered.name);
    return (found == offers_.end() ? 0 : found->second) == members_.size();
  });
}

std::string ClassicGroup::vote() const {
  std::vector<const ClassicMember*> in_order;
  in_order.reserve(members_.size());
  for (const auto& [id, member] : members_) in_order.push_back(&member);
  std::sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) { return a->order < b->order; });
  // On a tie the protocol that was named first wins, so that the same members always choose the same.
  std::vector<std::pair<std::string_view, int>> votes;
  for (const ClassicMember* member : in_order) {
    const auto wanted = std::find_if(member->protocols.begin(), member->protocols.end(), [this](const OfferedProtocol& offered) {
      const auto found = offers_.find(offered.name);
      return found != offers_.end() && found->second == members_.size();
    });
    if (wanted == member->protocols.end()) continue;
    const auto counted = std::find_if(votes.begin(), votes.end(), [&](const auto& vote) { return vote.first == wanted->name; });
    if (counted == votes.end())
      votes.emplace_back(wanted->name, 1);
    else
      ++counted->second;
  }
  SL_ASSERT(!votes.empty());
  const auto most = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return std::string(most->first);
}

void ClassicGroup::count(const ClassicMember& member, int change) {
  // A member may name a protocol twice; it counts once.
  std::set<std::string_view> names;
  for (const OfferedProtocol& offered : member.protocols) names.insert(offered.name);
  for (const std::string_view name : names) {
    const auto found = offers_.try_emplace(std::string(name), 0).first;
    found->second += static_cast<std::size_t>(change);
    if (found->second == 0) offers_.erase(found);
  }
}

ClassicMember& ClassicGroup::add(ClassicMember member, std::string_view protocol_type) {
  if (members_.empty()) protocol_type_ = std::string(protocol_type);
  pending_.erase(member.id);
  member.order = next_order_++;
  if (member.join) ++parked_joins_;
  if (member.instance_id) static_members_.insert_or_assign(*member.instance_id, member.id);
  if (!leader_) leader_ = member.id;
  const std::string id = member.id;
  ClassicMember& added = members_.insert_or_assign(id, std::move(member)).first->second;
  count(added, 1);
  return added;
}

void ClassicGroup::remove(std::string_view member_id) {
  if (const auto pending = pending_.find(member_id); pending != pending_.end()) pending_.erase(pending);
  stop_awaiting_sync(member_id);
  const auto found = members_.find(member_id);
  if (found == members_.end()) return;
  ClassicMember& member = found->second;
  SL_ASSERT(!member.join && !member.sync);
  count(member, -1);
  if (member.instance_id) {
    const std::string* holder = static_member_id(*member.instance_id);
    if (holder != nullptr && *holder == member.id) static_members_.erase(*member.instance_id);
  }
  const bool led = is_leader(member_id);
  members_.erase(found);
  if (!led) return;
  leader_.reset();
  const auto oldest =
      std::min_element(members_.begin(), members_.end(), [](const auto& a, const auto& b) { return a.second.order < b.second.order; });
  if (oldest != members_.end()) leader_ = oldest->first;
}

void ClassicGroup::offer(ClassicMember& member, std::vector<OfferedProtocol> protocols) {
  count(member, -1);
  member.protocols = std::move(protocols);
  count(member, 1);
}

ClassicMember& ClassicGroup::replace(std::string_view old_id, const std::string& new_id) {
  auto node = members_.extract(members_.find(old_id));
  SL_ASSERT(!node.empty() && !node.mapped().join && !node.mapped().sync);
  stop_awaiting_sync(old_id);
  if (is_leader(old_id)) leader_ = new_id;
  node.key() = new_id;
  node.mapped().id = new_id;
  node.mapped().is_new = false;
  static_members_.insert_or_assign(*node.mapped().instance_id, new_id);
  return members_.insert(std::move(node)).position->second;
}

void ClassicGroup::park_join(ClassicMember& member, ParkedCall call) {
  SL_ASSERT(!member.join);
  member.join = call;
  ++parked_joins_;
}

std::optional<ParkedCall> ClassicGroup::take_join(ClassicMember& member) {
  if (member.join) --parked_joins_;
  return std::exchange(member.join, std::nullopt);
}

void ClassicGroup::stop_awaiting_sync(std::string_view member_id) {
  if (const auto awaited = awaited_syncs_.find(member_id); awaited != awaited_syncs_.end()) awaited_syncs_.erase(awaited);
}

void ClassicGroup::enter(ClassicState state, std::int64_t wall_ms) {
  previous_state_ = state_;
  state_ = state;
  state_since_ms_ = wall_ms;
}

void ClassicGroup::begin_generation(std::int64_t wall_ms) {
  generation_ = generation_ == INT32_MAX ? 1 : generation_ + 1;
  awaited_syncs_.clear();
  protocol_name_.reset();
  if (!members_.empty()) protocol_name_ = vote();
  enter(members_.empty() ? ClassicState::empty : ClassicState::completing_rebalance, wall_ms);
  learn_subscriptions();
}

bool ClassicGroup::elect_joined_leader() {
  const ClassicMember* leader = leader_ ? find_member(*leader_) : nullptr;
  if (leader != nullptr && leader->join) return true;
  const ClassicMember* first = nullptr;
  for (const auto& [id, member] : members_) {
    if (member.join && (first == nullptr || member.order < first->order)) first = &member;
  }
  if (first == nullptr) return false;
  leader_ = first->id;
  return true;
}

void ClassicGroup::learn_subscriptions() {
  subscribed_topics_.reset();
  if (members_.empty() && protocol_type_) subscribed_topics_.emplace();
  if (members_.empty() || !protocol_name_ || !protocol_type_ || *protocol_type_ != kConsumerProtocolType) return;
  Ids topics;
  for (const auto& [id, member] : members_) {
    if (!add_subscribed_topics(member.metadata_for(*protocol_name_), topics)) return;
  }
  subscribed_topics_ = std::move(topics);
}

}  // namespace streamline::groups
