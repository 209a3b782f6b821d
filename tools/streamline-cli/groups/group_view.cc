// Joins what a group says of itself with the ends of its partitions.
#include "groups/group_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "output/table.h"
#include "output/text.h"

namespace streamline::cli {

namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

template <class Value>
Json number_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string number_text(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : std::string(); }

std::optional<std::int64_t> committed_of(const GroupPartitionView& partition) {
  if (!partition.committed) return std::nullopt;
  return partition.committed->offset;
}
std::optional<std::int64_t> begin_of(const GroupPartitionView& partition) {
  if (!partition.range) return std::nullopt;
  return partition.range->begin.value;
}
std::optional<std::int64_t> end_of(const GroupPartitionView& partition) {
  if (!partition.range) return std::nullopt;
  return partition.range->end.value;
}

std::string rebalance_text(const client::Rebalance& rebalance) {
  std::string text = fmt::format("at {}: {}", rfc3339(rebalance.began_ms), rebalance.reason);
  if (!rebalance.member_id.empty()) text += fmt::format(" ({})", rebalance.member_id);
  return text + (rebalance.ended_ms ? fmt::format(", took {} ms", *rebalance.ended_ms - rebalance.began_ms) : ", not over yet");
}

Json rebalance_json(const client::Rebalance& rebalance) {
  return {{"reason", rebalance.reason},
          {"member_id", text_or_null(rebalance.member_id)},
          {"began", rfc3339(rebalance.began_ms)},
          {"duration_ms", rebalance.ended_ms ? Json(*rebalance.ended_ms - rebalance.began_ms) : Json(nullptr)}};
}

Json member_json(const client::GroupMember& member) {
  Json partitions = Json::array();
  for (const auto& of : member.assignment) partitions.push_back({{"topic", of.topic}, {"partition", of.partition}});
  return {{"member_id", member.id},
          {"instance_id", text_or_null(member.instance_id)},
          {"client_id", member.client_id},
          {"host", member.host},
          {"partitions", std::move(partitions)}};
}

}  // namespace

std::optional<std::int64_t> GroupPartitionView::lag() const {
  if (!committed || !range) return std::nullopt;
  return std::max<std::int64_t>(range->end.value - committed->offset, 0);
}

std::int64_t GroupView::total_lag() const {
  std::int64_t total = 0;
  for (const auto& partition : partitions) total += partition.lag().value_or(0);
  return total;
}

Result<GroupView> view_group(client::Cluster& cluster, std::string_view id) {
  auto group = client::describe_group(cluster, id);
  if (!group) return fail_with(std::move(group));
  auto committed = client::committed_offsets(cluster, id);
  if (!committed) return fail_with(std::move(committed));
  std::map<client::TopicPartition, GroupPartitionView> partitions;
  for (auto& [of, offset] : *committed) partitions[of].committed = std::move(offset);
  for (std::size_t i = 0; i < group->members.size(); ++i) {
    for (const auto& of : group->members[i].assignment) partitions[of].owner = static_cast<int>(i);
  }
  GroupView view{.group = *std::move(group), .partitions = {}};
  for (auto& [of, partition] : partitions) {
    partition.of = of;
    if (auto range = client::offset_range(cluster, of)) partition.range = *range;
    view.partitions.push_back(std::move(partition));
  }
  return view;
}

std::string description_text(const GroupView& view, Paint paint) {
  const client::GroupDescription& group = view.group;
  std::string text = fmt::format("group {}: {}, {}, {} members, total lag {}\n", group.id, group.state, group.type, group.members.size(),
                                 view.total_lag());
  if (!group.protocol.empty()) text += fmt::format("assignor {}\n", group.protocol);
  text += fmt::format("coordinator {}\n", group.coordinator);
  if (group.last_rebalance) text += fmt::format("last rebalance {}\n", rebalance_text(*group.last_rebalance));
  if (view.partitions.empty()) return text;
  Table table({"TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-START-OFFSET", "LOG-END-OFFSET", "LAG", "MEMBER-ID", "INSTANCE-ID", "CLIENT-ID",
               "HOST"});
  static const client::GroupMember kNobody;
  for (const auto& partition : view.partitions) {
    const client::GroupMember& owner = partition.owner < 0 ? kNobody : group.members[static_cast<std::size_t>(partition.owner)];
    table.add({partition.of.topic, std::to_string(partition.of.partition), number_text(committed_of(partition)),
               number_text(begin_of(partition)), number_text(end_of(partition)), number_text(partition.lag()), owner.id, owner.instance_id,
               owner.client_id, owner.host});
  }
  return text + table.text(paint);
}

Json description_json(const GroupView& view) {
  const client::GroupDescription& group = view.group;
  Json partitions = Json::array();
  for (const auto& partition : view.partitions) {
    const bool owned = partition.owner >= 0;
    partitions.push_back({{"topic", partition.of.topic},
                          {"partition", partition.of.partition},
                          {"committed", number_or_null(committed_of(partition))},
                          {"metadata", partition.committed ? Json(partition.committed->metadata) : Json(nullptr)},
                          {"log_start_offset", number_or_null(begin_of(partition))},
                          {"log_end_offset", number_or_null(end_of(partition))},
                          {"lag", number_or_null(partition.lag())},
                          {"member_id", owned ? Json(group.members[static_cast<std::size_t>(partition.owner)].id) : Json(nullptr)}});
  }
  return {{"group", group.id},
          {"type", group.type},
          {"state", group.state},
          {"protocol_type", text_or_null(group.protocol_type)},
          {"protocol", text_or_null(group.protocol)},
          {"coordinator", group.coordinator},
          {"last_rebalance", group.last_rebalance ? rebalance_json(*group.last_rebalance) : Json(nullptr)},
          {"lag", view.total_lag()},
          {"members", members_json(group)["members"]},
          {"partitions", std::move(partitions)}};
}

std::string members_text(const client::GroupDescription& group, Paint paint) {
  Table table({"GROUP", "MEMBER-ID", "INSTANCE-ID", "CLIENT-ID", "HOST", "PARTITIONS", "ASSIGNMENT"});
  for (const auto& member : group.members) {
    table.add({group.id, member.id, member.instance_id, member.client_id, member.host, std::to_string(member.assignment.size()),
               partitions_text(member.assignment)});
  }
  return table.text(paint);
}

Json members_json(const client::GroupDescription& group) {
  Json members = Json::array();
  for (const auto& member : group.members) members.push_back(member_json(member));
  return {{"group", group.id}, {"members", std::move(members)}};
}

std::string partitions_text(const std::vector<client::TopicPartition>& partitions) {
  std::string text;
  std::string_view topic;
  for (const auto& of : partitions) {
    if (of.topic == topic) {
      text += fmt::format(",{}", of.partition);
    } else {
      text += fmt::format("{}{}/{}", text.empty() ? "" : " ", of.topic, of.partition);
    }
    topic = of.topic;
  }
  return text;
}

}  // namespace streamline::cli
