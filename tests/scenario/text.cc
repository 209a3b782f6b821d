// Lines that a human can judge.
#include "scenario/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "groups/classic/classic_group.h"
#include "scenario/consumer_text.h"
#include "scenario/script.h"
#include "wire/messages/consumer_protocol_subscription.h"
#include "wire/messages/group_metadata_key.h"
#include "wire/messages/group_metadata_value.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/offset_commit_key.h"
#include "wire/messages/offset_commit_value.h"
#include "wire/record_codec.h"

namespace streamline::scenario {

using groups::Answer;

namespace {

std::string_view name_of(std::int16_t code) { return wire::to_string(static_cast<wire::ErrorCode>(code)); }
std::string text_of(ByteView bytes) {
  if (bytes.empty()) return "-";
  const auto assignment = assignment_text(bytes);
  return assignment ? *assignment : std::string(as_text(bytes));
}

std::string line_for(World& world, const std::string& client, const wire::JoinGroupResponse& response) {
  const Names& names = world.names();
  if (response.error_code != 0) {
    return fmt::format("{} join {} id={}", client, name_of(response.error_code), names.name_of(response.member_id));
  }
  std::string line =
      fmt::format("{} joined gen={} protocol={} leader={} id={}", client, response.generation_id, response.protocol_name.value_or("null"),
                  names.name_of(response.leader), names.name_of(response.member_id));
  std::vector<std::string> members;
  for (const auto& member : response.members) {
    std::string name = names.name_of(member.member_id);
    if (member.group_instance_id) name += fmt::format("/{}", *member.group_instance_id);
    members.push_back(name);
  }
  if (!members.empty()) line += fmt::format(" members={}", fmt::join(members, ","));
  if (response.skip_assignment) line += " skip";
  return line;
}

std::string line_for(World&, const std::string& client, const wire::SyncGroupResponse& response) {
  if (response.error_code != 0) return fmt::format("{} sync {}", client, name_of(response.error_code));
  return fmt::format("{} synced {}", client, text_of(response.assignment));
}

std::string line_for(World&, const std::string& client, const wire::HeartbeatResponse& response) {
  return fmt::format("{} heartbeat {}", client, name_of(response.error_code));
}

std::string line_for(World& world, const std::string& client, const wire::LeaveGroupResponse& response) {
  std::string line = fmt::format("{} left {}", client, name_of(response.error_code));
  for (const auto& member : response.members) {
    line += fmt::format(" {}:{}", world.names().name_of(member.member_id), name_of(member.error_code));
    if (member.group_instance_id) line += fmt::format("/{}", *member.group_instance_id);
  }
  return line;
}

template <class Response>
std::string partitions_of(const Response& response) {
  std::string line;
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      line += fmt::format(" {}/{}:{}", topic.name, partition.partition_index, name_of(partition.error_code));
    }
  }
  return line;
}
std::string line_for(World&, const std::string& client, const wire::OffsetCommitResponse& response) {
  return fmt::format("{} committed{}", client, partitions_of(response));
}
std::string line_for(World&, const std::string& client, const wire::TxnOffsetCommitResponse& response) {
  return fmt::format("{} pending{}", client, partitions_of(response));
}
std::string line_for(World&, const std::string& client, const wire::OffsetDeleteResponse& response) {
  return fmt::format("{} deleted {}{}", client, name_of(response.error_code), partitions_of(response));
}

template <class Response>
std::string decoded(World& world, const Answer& answer) {
  Arena arena;
  wire::Reader in(answer.body);
  const auto response = Response::decode(in, answer.version, arena);
  if (!response) return "an answer that does not decode: " + response.error().text;
  return line_for(world, world.client_of(answer.ticket), *response);
}

std::string group_line(const Names& names, const wire::GroupMetadataKey& key, const wire::GroupMetadataValue& value) {
  std::vector<std::string> members;
  for (const auto& member : value.members) {
    std::string name = names.name_of(member.member_id);
    if (member.group_instance_id) name += fmt::format("/{}", *member.group_instance_id);
    members.push_back(fmt::format("{}:{}", name, text_of(member.assignment)));
  }
  return fmt::format("+ group {} gen={} protocol={} leader={} members={}", key.group, value.generation, value.protocol.value_or("-"),
                     names.name_of(value.leader.value_or("")), fmt::join(members, ","));
}

std::string offset_line(const wire::OffsetCommitKey& key, const wire::OffsetCommitValue& value) {
  std::string line = fmt::format("+ offset {} {}/{} {}", key.group, key.topic, key.partition, value.offset);
  if (!value.metadata.empty()) line += fmt::format(" \"{}\"", value.metadata);
  if (value.leader_epoch >= 0) line += fmt::format(" epoch={}", value.leader_epoch);
  if (value.expire_timestamp >= 0) line += " expires";
  return line;
}

}  // namespace

std::vector<std::byte> subscription_of(std::string_view topics, std::string_view owned) {
  using Owned = wire::ConsumerProtocolSubscription::TopicPartition;
  const std::vector<std::string> names = split(topics, ',');
  std::vector<std::string_view> views(names.begin(), names.end());
  const std::vector<std::string> parts = split(owned, ';');
  std::vector<std::vector<std::int32_t>> partitions(parts.size());
  std::vector<Owned> listed;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto slash = parts[i].find('/');
    if (slash == std::string::npos) continue;
    for (const std::string& number : split(std::string_view(parts[i]).substr(slash + 1), ',')) partitions[i].push_back(std::stoi(number));
    listed.push_back({.topic = std::string_view(parts[i]).substr(0, slash), .partitions = partitions[i]});
  }
  return wire::encode_versioned(wire::ConsumerProtocolSubscription{.topics = views, .owned_partitions = listed}, 1);
}

void learn_id(World& world, const Answer& answer) {
  Arena arena;
  wire::Reader in(answer.body);
  if (answer.api == wire::ApiKey::consumer_group_heartbeat) {
    const auto response = wire::ConsumerGroupHeartbeatResponse::decode(in, answer.version, arena);
    if (!response || response->error_code != 0) return;
    world.names().learn(world.client_of(answer.ticket), *response->member_id);
    world.tell_epoch(*response->member_id, response->member_epoch);
  }
  if (answer.api != wire::ApiKey::join_group) return;
  const auto response = wire::JoinGroupResponse::decode(in, answer.version, arena);
  if (!response) return;
  const auto error = static_cast<wire::ErrorCode>(response->error_code);
  if (error == wire::ErrorCode::none) world.tell_epoch(response->member_id, response->generation_id);
  const bool gives_id = error == wire::ErrorCode::none || error == wire::ErrorCode::member_id_required;
  if (gives_id) world.names().learn(world.client_of(answer.ticket), response->member_id);
}

std::string line_of(World& world, const Answer& answer) {
  switch (answer.api) {
    case wire::ApiKey::join_group: return decoded<wire::JoinGroupResponse>(world, answer);
    case wire::ApiKey::consumer_group_heartbeat: return decoded<wire::ConsumerGroupHeartbeatResponse>(world, answer);
    case wire::ApiKey::sync_group: return decoded<wire::SyncGroupResponse>(world, answer);
    case wire::ApiKey::heartbeat: return decoded<wire::HeartbeatResponse>(world, answer);
    case wire::ApiKey::leave_group: return decoded<wire::LeaveGroupResponse>(world, answer);
    case wire::ApiKey::offset_commit: return decoded<wire::OffsetCommitResponse>(world, answer);
    case wire::ApiKey::txn_offset_commit: return decoded<wire::TxnOffsetCommitResponse>(world, answer);
    case wire::ApiKey::offset_delete: return decoded<wire::OffsetDeleteResponse>(world, answer);
    default: return "an answer of an API that no script knows";
  }
}

std::string line_of(const World& world, const LoggedRecord& record) {
  const Names& names = world.names();
  if (record.end)
    return fmt::format("! {} p={}", *record.end == groups::TransactionEnd::commit ? "commit" : "abort", record.producer.value);
  Arena arena;
  if (const auto key = wire::decode_key<wire::OffsetCommitKey>(record.key, arena)) {
    if (!record.value) return fmt::format("- offset {} {}/{}", key->group, key->topic, key->partition);
    const auto value = wire::decode_versioned<wire::OffsetCommitValue>(*record.value, arena);
    if (!value) return "+ offset that does not decode";
    const std::string writer = record.producer == kNoProducerId ? std::string() : fmt::format(" p={}", record.producer.value);
    return offset_line(*key, *value) + writer;
  }
  if (const auto key = wire::decode_key<wire::GroupMetadataKey>(record.key, arena)) {
    if (!record.value) return fmt::format("- group {}", key->group);
    const auto value = wire::decode_versioned<wire::GroupMetadataValue>(*record.value, arena);
    return value ? group_line(names, *key, *value) : "+ group that does not decode";
  }
  return consumer_record_line(world, record).value_or("a record of a kind that no script knows");
}

std::string state_line(const World& world, std::string_view id) {
  const groups::Group* group = world.shard().state().find(id);
  if (group == nullptr) return fmt::format("{} unknown", id);
  if (group->type() == groups::GroupType::consumer) return consumer_state_line(world, static_cast<const groups::ConsumerGroup&>(*group));
  const auto& classic = static_cast<const groups::ClassicGroup&>(*group);
  const Names& names = world.names();
  std::vector<std::string> members;
  for (const auto& [member_id, member] : classic.members()) {
    members.push_back(names.name_of(member_id) + (member.join ? "(joins)" : "") + (member.sync ? "(syncs)" : ""));
  }
  std::string line =
      fmt::format("{} {} gen={} protocol={} leader={} members={}", id, classic.state_name(), classic.generation(),
                  classic.protocol_name().value_or("-"), names.name_of(classic.leader().value_or("")), fmt::join(members, ","));
  if (!classic.pending().empty()) line += fmt::format(" pending={}", classic.pending().size());
  return line;
}

std::string durable_state(const groups::GroupShard& shard) {
  std::string text;
  for (const auto& [id, group] : shard.state().groups) {
    if (group->type() == groups::GroupType::consumer) {
      text += durable_text(static_cast<const groups::ConsumerGroup&>(*group));
      continue;
    }
    const auto& classic = static_cast<const groups::ClassicGroup&>(*group);
    const bool settled = classic.is_in(groups::ClassicState::stable) || classic.is_in(groups::ClassicState::empty);
    if (!classic.has_record() || !settled) continue;
    text += fmt::format("group {} {} {} {} {} since {}\n", id, classic.state_name(), classic.generation(),
                        classic.protocol_name().value_or("-"), classic.leader().value_or("-"), classic.state_since_ms());
    for (const auto& [member_id, member] : classic.members()) {
      text += fmt::format("  {} {} {} {} {} {}\n", member_id, member.instance_id.value_or("-"), member.client_id, member.session_timeout_ms,
                          member.rebalance_timeout_ms, text_of(member.assignment));
    }
  }
  std::map<std::string, std::string> offsets;
  for (const auto& [group, topics] : shard.state().offsets.groups()) {
    for (const auto& [topic, committed] : topics) {
      for (const auto& [partition, offset] : committed) {
        offsets[fmt::format("offset {} {}/{}", group, topic, partition)] =
            fmt::format(" {} {} {} {}\n", offset.offset, offset.metadata, offset.commit_ms, offset.expire_ms);
      }
    }
  }
  for (const auto& [name, value] : offsets) text += name + value;
  shard.state().pending.for_each([&](const groups::OffsetPlace& place, const groups::CommittedOffset& offset) {
    text += fmt::format("pending {} {}/{} {} {} {}\n", place.group, place.topic, place.partition, offset.offset, offset.metadata,
                        offset.commit_ms);
  });
  return text;
}

}  // namespace streamline::scenario
