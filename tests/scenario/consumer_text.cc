// Ids become names wherever there is one.
#include "scenario/consumer_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "groups/consumer/records.h"
#include "scenario/script.h"
#include "wire/error_code.h"
#include "wire/messages/consumer_protocol_assignment.h"

namespace streamline::scenario {

using groups::TopicPartitions;

namespace {

std::string topic_name(const groups::TopicLookup& topics, const TopicId& id) {
  const auto topic = topics.by_id(id);
  return topic ? topic->name : "gone";
}

std::string held_text(const groups::TopicLookup& topics, const groups::HeldPartitions& held) {
  std::vector<std::string> parts;
  for (const auto& [id, partitions] : held) {
    for (const auto& each : partitions) parts.push_back(fmt::format("{}/{}@{}", topic_name(topics, id), each.partition, each.since_epoch));
  }
  return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, " "));
}

std::string_view state_name(groups::MemberState state) {
  switch (state) {
    case groups::MemberState::stable: return "stable";
    case groups::MemberState::unrevoked: return "unrevoked";
    case groups::MemberState::unreleased: return "unreleased";
  }
  return "";
}

std::string metadata_text(const wire::ConsumerGroupMemberMetadataValue& value) {
  std::string line = fmt::format("topics={}", fmt::join(value.subscribed_topic_names, ","));
  if (value.subscribed_topic_regex && !value.subscribed_topic_regex->empty())
    line += fmt::format(" regex={}", *value.subscribed_topic_regex);
  if (value.instance_id) line += fmt::format(" instance={}", *value.instance_id);
  if (value.rack_id) line += fmt::format(" rack={}", *value.rack_id);
  if (value.server_assignor) line += fmt::format(" assignor={}", *value.server_assignor);
  line += fmt::format(" rebalance={}", value.rebalance_timeout_ms);
  if (!value.classic_member_metadata) return line;
  line += fmt::format(" classic session={}", value.classic_member_metadata->session_timeout_ms);
  for (const auto& protocol : value.classic_member_metadata->supported_protocols) line += fmt::format(" {}", protocol.name);
  return line;
}

/// "+ what value" or "- what", for a record whose key has the type Key.
template <class Key, class Describe>
std::optional<std::string> record_line(const LoggedRecord& record, std::string_view what, const Describe& describe) {
  Arena arena;
  using Value = typename groups::ValueOf<Key>::Type;
  const auto key = wire::decode_key<Key>(record.key, arena);
  if (!key) return std::nullopt;
  if (!record.value) return fmt::format("- {} {}", what, describe(*key, static_cast<const Value*>(nullptr)));
  const auto value = wire::decode_versioned<Value>(*record.value, arena);
  return value ? fmt::format("+ {} {}", what, describe(*key, &*value)) : fmt::format("+ {} that does not decode", what);
}

/// What the record's replay makes of it, in a shard of its own.
groups::MemberAssignment replayed_assignment(const wire::ConsumerGroupCurrentMemberAssignmentKey& key,
                                             const wire::ConsumerGroupCurrentMemberAssignmentValue& value) {
  Topics topics;
  CountingIds ids;
  groups::ShardState state({}, topics, ids);
  groups::apply(state, key, &value);
  const auto& group = static_cast<const groups::ConsumerGroup&>(*state.find(key.group_id));
  return group.find_member(key.member_id)->assignment;
}

}  // namespace

TopicPartitions parse_partitions(const groups::TopicLookup& topics, std::string_view text) {
  TopicPartitions partitions;
  if (text == "-") return partitions;
  for (const std::string& part : split(text, ';')) {
    const auto slash = part.find('/');
    const auto topic = topics.by_name(part.substr(0, slash));
    if (!topic || slash == std::string::npos) continue;
    for (const std::string& number : split(std::string_view(part).substr(slash + 1), ',')) {
      partitions[topic->id].push_back(static_cast<std::int32_t>(std::strtol(number.c_str(), nullptr, 10)));
    }
  }
  return partitions;
}

std::string partitions_text(const groups::TopicLookup& topics, const TopicPartitions& partitions) {
  std::vector<std::string> parts;
  for (const auto& [id, of_topic] : partitions) parts.push_back(fmt::format("{}/{}", topic_name(topics, id), fmt::join(of_topic, ",")));
  return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, ";"));
}

std::optional<std::string> assignment_text(ByteView bytes) {
  Arena arena;
  const auto assignment = wire::decode_versioned<wire::ConsumerProtocolAssignment>(bytes, arena);
  if (!assignment) return std::nullopt;
  std::vector<std::string> parts;
  for (const auto& topic : assignment->assigned_partitions)
    parts.push_back(fmt::format("{}/{}", topic.topic, fmt::join(topic.partitions, ",")));
  return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ";"));
}

std::string line_for(World& world, const std::string& client, const wire::ConsumerGroupHeartbeatResponse& response) {
  if (response.error_code != 0) {
    const std::string_view error = wire::to_string(static_cast<wire::ErrorCode>(response.error_code));
    if (!response.error_message) return fmt::format("{} {}", client, error);
    return fmt::format("{} {}: {}", client, error, *response.error_message);
  }
  std::string line = fmt::format("{} epoch={}", client, response.member_epoch);
  if (response.member_id && world.names().name_of(*response.member_id) != client) {
    line += fmt::format(" id={}", world.names().name_of(*response.member_id));
  }
  if (response.heartbeat_interval_ms != 0 && response.heartbeat_interval_ms != 5000)
    line += fmt::format(" every={}", response.heartbeat_interval_ms);
  if (response.assignment) {
    line += " has " + partitions_text(world.topics(), groups::partitions_of(response.assignment->topic_partitions));
  }
  return line;
}

std::optional<std::string> consumer_record_line(const World& world, const LoggedRecord& record) {
  const Names& names = world.names();
  const groups::TopicLookup& topics = world.topics();
  const auto member = [&](const auto& key) { return fmt::format("{} {}", key.group_id, names.name_of(key.member_id)); };
  auto line = record_line<wire::ConsumerGroupMetadataKey>(record, "epoch", [](const auto& key, const auto* value) {
    return value == nullptr ? std::string(key.group_id) : fmt::format("{} {}", key.group_id, value->epoch);
  });
  if (!line) {
    line = record_line<wire::ConsumerGroupMemberMetadataKey>(record, "member", [&](const auto& key, const auto* value) {
      return value == nullptr ? member(key) : fmt::format("{} {}", member(key), metadata_text(*value));
    });
  }
  if (!line) {
    line = record_line<wire::ConsumerGroupTargetAssignmentMetadataKey>(record, "assigned", [](const auto& key, const auto* value) {
      return value == nullptr ? std::string(key.group_id) : fmt::format("{} {}", key.group_id, value->assignment_epoch);
    });
  }
  if (!line) {
    line = record_line<wire::ConsumerGroupTargetAssignmentMemberKey>(record, "target", [&](const auto& key, const auto* value) {
      return value == nullptr ? member(key)
                              : fmt::format("{} {}", member(key), partitions_text(topics, groups::partitions_of(value->topic_partitions)));
    });
  }
  if (!line) {
    line = record_line<wire::ConsumerGroupCurrentMemberAssignmentKey>(record, "holds", [&](const auto& key, const auto* value) {
      if (value == nullptr) return member(key);
      const groups::MemberAssignment held = replayed_assignment(key, *value);
      std::string text = fmt::format("{} epoch={} before={} {} {}", member(key), held.epoch, held.previous_epoch, state_name(held.state),
                                     held_text(topics, held.assigned));
      if (!held.pending_revocation.empty()) text += " revokes " + held_text(topics, held.pending_revocation);
      return text;
    });
  }
  if (!line) {
    line = record_line<wire::ConsumerGroupRegularExpressionKey>(record, "regex", [](const auto& key, const auto* value) {
      const std::string name = fmt::format("{} {}", key.group_id, key.regular_expression);
      return value == nullptr ? name : fmt::format("{} is {}", name, fmt::join(value->topics, ","));
    });
  }
  return line;
}

std::string consumer_state_line(const World& world, const groups::ConsumerGroup& group) {
  std::vector<std::string> members;
  for (const auto& [id, member] : group.members()) {
    const groups::MemberAssignment& held = member.assignment;
    std::string text = fmt::format("{}{}@{} {}", world.names().name_of(id), member.is_classic() ? "(classic)" : "", held.epoch,
                                   partitions_text(world.topics(), groups::without_epochs(held.assigned)));
    if (!held.pending_revocation.empty()) {
      text += " revokes " + partitions_text(world.topics(), groups::without_epochs(held.pending_revocation));
    }
    members.push_back(text);
  }
  std::string line = fmt::format("{} {} epoch={}/{}", group.id(), group.state_name(), group.epoch(), group.assignment_epoch());
  if (!members.empty()) line += fmt::format(" {}", fmt::join(members, " | "));
  return line;
}

std::string durable_text(const groups::ConsumerGroup& group) {
  const Topics none;
  std::string text =
      fmt::format("group {} consumer {}/{} hash {}\n", group.id(), group.epoch(), group.assignment_epoch(), group.metadata_hash());
  for (const auto& [id, member] : group.members()) {
    const groups::MemberMetadata& said = member.metadata;
    const groups::MemberAssignment& held = member.assignment;
    text += fmt::format("  {} {} {} {} [{}] '{}' {} {} {}\n", id, said.instance_id.value_or("-"), said.rack_id.value_or("-"),
                        said.client_id, fmt::join(said.topics, ","), said.regex, said.rebalance_timeout_ms, said.assignor.value_or("-"),
                        said.classic ? said.classic->session_timeout_ms : 0);
    text += fmt::format("  {}/{} {} {} revokes {} target {}\n", held.epoch, held.previous_epoch, state_name(held.state),
                        held_text(none, held.assigned), held_text(none, held.pending_revocation), groups::count(group.target_of(id)));
  }
  for (const auto& [regex, resolved] : group.regexes()) text += fmt::format("  regex {} is {}\n", regex, fmt::join(resolved.topics, ","));
  return text;
}

std::vector<std::string> consumer_description(const World& world, std::string_view id) {
  Arena arena;
  const auto group = world.shard().describe_consumer_group(id, arena);
  if (group.error_code != 0) {
    return {
        fmt::format("{} {}: {}", id, wire::to_string(static_cast<wire::ErrorCode>(group.error_code)), group.error_message.value_or(""))};
  }
  const auto text_of = [](const auto& assignment) {
    std::vector<std::string> parts;
    for (const auto& topic : assignment.topic_partitions)
      parts.push_back(fmt::format("{}/{}", topic.topic_name, fmt::join(topic.partitions, ",")));
    return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, ";"));
  };
  std::vector<std::string> lines = {
      fmt::format("{} {} epoch={}/{} {}", id, group.group_state, group.group_epoch, group.assignment_epoch, group.assignor_name)};
  for (const auto& member : group.members) {
    lines.push_back(fmt::format("{} type={} epoch={} instance={} rack={} client={} host={} topics={} regex={} has {} target {}",
                                world.names().name_of(member.member_id), member.member_type, member.member_epoch,
                                member.instance_id.value_or("-"), member.rack_id.value_or("-"), member.client_id, member.client_host,
                                fmt::join(member.subscribed_topic_names, ","), member.subscribed_topic_regex.value_or("null"),
                                text_of(member.assignment), text_of(member.target_assignment)));
  }
  return lines;
}

}  // namespace streamline::scenario
