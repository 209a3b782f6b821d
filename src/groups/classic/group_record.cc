// A classic group to its record and back.
#include "groups/classic/group_record.h"

#include <algorithm>

namespace streamline::groups {

namespace {

std::vector<std::byte> owned(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::optional<std::string> owned(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

/// Empty means none in records of old versions.
std::optional<std::string> name_or_none(std::optional<std::string_view> text) {
  if (!text || text->empty()) return std::nullopt;
  return std::string(*text);
}

}  // namespace

wire::GroupMetadataValue record_of(const ClassicGroup& group, Arena& arena) {
  wire::GroupMetadataValue value{.protocol_type = group.protocol_type(), .generation = group.generation()};
  value.protocol.reset();
  value.leader.reset();
  if (group.protocol_name()) value.protocol = *group.protocol_name();
  if (group.leader()) value.leader = *group.leader();
  value.current_state_timestamp = group.state_since_ms();
  value.members = arena.make_array<wire::GroupMetadataValue::MemberMetadata>(group.members().size());
  std::size_t at = 0;
  for (const auto& [id, member] : group.members()) {
    auto& written = value.members[at++];
    written.member_id = member.id;
    if (member.instance_id) written.group_instance_id = *member.instance_id;
    written.client_id = member.client_id;
    written.client_host = member.client_host;
    written.rebalance_timeout = member.rebalance_timeout_ms;
    written.session_timeout = member.session_timeout_ms;
    if (group.protocol_name()) written.subscription = member.metadata_for(*group.protocol_name());
    written.assignment = member.assignment;
  }
  return value;
}

bool fits(const Step& step, const ClassicGroup& group, const wire::GroupMetadataValue& value) {
  const wire::GroupMetadataKey key{.group = group.id()};
  const std::size_t bytes = wire::prefixed_size(key, key.kMaxVersion) + wire::prefixed_size(value, kGroupMetadataVersion);
  return bytes <= step.state.options.max_record_bytes;
}

void put(Step& step, const ClassicGroup& group, const wire::GroupMetadataValue& value) {
  step.put(wire::GroupMetadataKey{.group = group.id()}, value, kGroupMetadataVersion);
}

void apply(ShardState& state, const wire::GroupMetadataKey& key, const wire::GroupMetadataValue* value) {
  Group* known = state.find(key.group);
  const bool is_classic = known != nullptr && known->type() == GroupType::classic;
  if (value == nullptr) {
    if (is_classic) state.remove(key.group);
    return;
  }
  if (!is_classic) known = &state.insert(std::make_unique<ClassicGroup>(std::string(key.group)));
  static_cast<ClassicGroup*>(known)->adopt(*value);
}

void ClassicGroup::adopt(const wire::GroupMetadataValue& value) {
  // `value` may hold views of this very group's texts: they are copied before anything changes.
  std::optional<std::string> protocol_type = name_or_none(value.protocol_type);
  std::optional<std::string> leader = name_or_none(value.leader);
  std::optional<std::string> protocol_name = name_or_none(value.protocol);
  has_record_ = true;
  generation_ = value.generation;
  protocol_name_ = std::move(protocol_name);
  Ids kept;
  for (const auto& written : value.members) {
    kept.emplace(written.member_id);
    ClassicMember* member = find_member(written.member_id);
    if (member == nullptr) {
      member =
          &add(ClassicMember{.id = std::string(written.member_id), .instance_id = owned(written.group_instance_id)}, protocol_type.value_or(""));
    }
    member->client_id = written.client_id;
    member->client_host = written.client_host;
    member->session_timeout_ms = written.session_timeout;
    // Version 0 has no rebalance timeout; members then had the session's.
    member->rebalance_timeout_ms = written.rebalance_timeout >= 0 ? written.rebalance_timeout : written.session_timeout;
    member->assignment = owned(written.assignment);
    const OfferedProtocol stored{protocol_name_.value_or(""), owned(written.subscription)};
    // A live member offers more than the record keeps; only what it says for the chosen protocol counts.
    const auto& offered = member->protocols;
    if (std::find(offered.begin(), offered.end(), stored) == offered.end()) offer(*member, {stored});
  }
  protocol_type_ = std::move(protocol_type);
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    if (!kept.contains(id)) gone.push_back(id);
  }
  for (const std::string& id : gone) remove(id);
  leader_ = std::move(leader);
  if (leader_ && find_member(*leader_) == nullptr) leader_.reset();
  const ClassicState state = members_.empty() ? ClassicState::empty : ClassicState::stable;
  if (state_ != state) previous_state_ = state_;
  state_ = state;
  state_since_ms_ = value.current_state_timestamp;
  learn_subscriptions();
}

}  // namespace streamline::groups
