// What a command leaves out is what a usual client would send: its present id and generation, the newest version.
#include "scenario/requests.h"

#include <fmt/format.h>

#include <charconv>

#include "groups/classic/classic_group.h"
#include "scenario/text.h"
#include "wire/error_code.h"
#include "wire/messages/consumer_protocol_assignment.h"
#include "wire/record_codec.h"

namespace streamline::scenario {

namespace {

std::string_view error_name(std::int16_t code) { return wire::to_string(static_cast<wire::ErrorCode>(code)); }

std::string group_of(const Command& command) {
  const std::string group = command.value("g", "g");
  return group == "-" ? std::string() : group;
}
std::int16_t version_of(const Command& command, std::int16_t newest) { return static_cast<std::int16_t>(command.number("v", newest)); }

/// `id=` names another's or a made-up id; otherwise the client uses its own.
std::string id_of(const World& world, const Command& command) {
  const auto named = command.value("id");
  const Names& names = world.names();
  return named ? names.id_of(*named) : names.current(command.word(0));
}

std::int32_t generation_of(const World& world, const Command& command) {
  const auto* group = world.shard().state().find(group_of(command));
  std::int32_t present = -1;
  if (group != nullptr && group->type() == groups::GroupType::classic)
    present = static_cast<const groups::ClassicGroup*>(group)->generation();
  if (group != nullptr && group->type() == groups::GroupType::consumer) present = world.told_epoch(id_of(world, command));
  return static_cast<std::int32_t>(command.number("gen", present));
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text;
}

void join(World& world, const Command& command) {
  const std::string group = group_of(command);
  const std::string id = id_of(world, command);
  const auto instance = command.value("instance");
  const auto reason = command.value("reason");
  const std::string type = command.value("type", "consumer");
  std::vector<std::pair<std::string, std::vector<std::byte>>> offered;
  for (const std::string& each : split(command.value("protocols", "range:t"), ';')) {
    const auto colon = each.find(':');
    const std::string metadata = colon == std::string::npos ? "" : each.substr(colon + 1);
    const bool is_raw = metadata.starts_with('!');
    const auto raw = as_bytes(metadata);
    offered.emplace_back(each.substr(0, colon), is_raw ? std::vector<std::byte>(raw.begin() + 1, raw.end())
                                                       : subscription_of(metadata, command.value("owned", "")));
  }
  std::vector<wire::JoinGroupRequest::JoinGroupRequestProtocol> protocols;
  for (const auto& [name, metadata] : offered) protocols.push_back({.name = name, .metadata = metadata});
  if (command.value("protocols") == "-") protocols.clear();
  const std::int16_t version = version_of(command, 9);
  wire::JoinGroupRequest request{.group_id = group,
                                 .member_id = id,
                                 .protocol_type = type == "-" ? std::string_view() : std::string_view(type),
                                 .protocols = protocols};
  request.session_timeout_ms = static_cast<std::int32_t>(command.number("session", 10'000));
  request.rebalance_timeout_ms = version == 0 ? -1 : static_cast<std::int32_t>(command.number("rebalance", 60'000));
  request.group_instance_id = view_of(instance);
  request.reason = view_of(reason);
  world.shard().join(request, world.call(command.word(0), wire::ApiKey::join_group, version), world.now(), world.effects());
}

/// `@t/0+1` is a consumer's assignment, with `!` behind it one with user data; anything else are the bytes themselves.
std::string assignment_bytes(const std::string& text) {
  if (!text.starts_with('@')) return text;
  const auto slash = text.find('/');
  std::vector<std::int32_t> numbers;
  for (const std::string& number : split(std::string_view(text).substr(slash + 1), '+')) numbers.push_back(std::atoi(number.c_str()));
  const std::string topic = text.substr(1, slash - 1);
  std::vector<wire::ConsumerProtocolAssignment::TopicPartition> topics(1);
  topics[0] = {.topic = topic, .partitions = numbers};
  wire::ConsumerProtocolAssignment assignment{.assigned_partitions = topics};
  assignment.user_data.reset();
  if (text.ends_with('!')) assignment.user_data = as_bytes("x");
  return std::string(as_text(wire::encode_versioned(assignment, 1)));
}

void sync(World& world, const Command& command) {
  const std::string group = group_of(command);
  const std::string id = id_of(world, command);
  const auto instance = command.value("instance");
  const auto type = command.value("type");
  const auto protocol = command.value("protocol");
  std::vector<std::pair<std::string, std::string>> parts;
  for (const std::string& part : split(command.value("assign", ""), ',')) {
    const auto colon = part.find(':');
    parts.emplace_back(world.names().id_of(part.substr(0, colon)), assignment_bytes(part.substr(colon + 1)));
  }
  std::vector<wire::SyncGroupRequest::SyncGroupRequestAssignment> assignments;
  for (const auto& [member, bytes] : parts) assignments.push_back({.member_id = member, .assignment = as_bytes(bytes)});
  const std::int16_t version = version_of(command, 5);
  wire::SyncGroupRequest request{.group_id = group, .generation_id = generation_of(world, command), .member_id = id};
  request.group_instance_id = view_of(instance);
  request.protocol_type = view_of(type);
  request.protocol_name = view_of(protocol);
  request.assignments = assignments;
  world.shard().sync(request, world.call(command.word(0), wire::ApiKey::sync_group, version), world.now(), world.effects());
}

void heartbeat(World& world, const Command& command) {
  const std::string group = group_of(command);
  const std::string id = id_of(world, command);
  const auto instance = command.value("instance");
  wire::HeartbeatRequest request{.group_id = group, .generation_id = generation_of(world, command), .member_id = id};
  request.group_instance_id = view_of(instance);
  const auto call = world.call(command.word(0), wire::ApiKey::heartbeat, version_of(command, 4));
  world.shard().heartbeat(request, call, world.now(), world.effects());
}

/// `leave a`, or `leave tool members=a,-/i1,b/i2`: id/instance.
void leave(World& world, const Command& command) {
  const std::string group = group_of(command);
  const std::string own_id = id_of(world, command);
  const auto reason = command.value("reason");
  std::vector<std::pair<std::string, std::optional<std::string>>> named;
  for (const std::string& each : split(command.value("members", ""), ',')) {
    const auto slash = each.find('/');
    std::optional<std::string> instance;
    if (slash != std::string::npos) instance = each.substr(slash + 1);
    named.emplace_back(world.names().id_of(each.substr(0, slash)), instance);
  }
  if (named.empty()) named.emplace_back(own_id, command.value("instance"));
  std::vector<wire::LeaveGroupRequest::MemberIdentity> members;
  for (const auto& [id, instance] : named) {
    members.push_back({.member_id = id, .group_instance_id = view_of(instance), .reason = view_of(reason)});
  }
  const std::int16_t version = version_of(command, 5);
  wire::LeaveGroupRequest request{.group_id = group};
  if (version < 3)
    request.member_id = own_id;
  else
    request.members = members;
  world.shard().leave(request, world.call(command.word(0), wire::ApiKey::leave_group, version), world.now(), world.effects());
}

struct PartitionText {
  std::string topic{};
  std::int32_t partition = 0;
};
PartitionText partition_of(std::string_view text) {
  const auto slash = text.find('/');
  PartitionText parsed{std::string(text.substr(0, slash)), 0};
  if (slash != std::string_view::npos) std::from_chars(text.data() + slash + 1, text.data() + text.size(), parsed.partition);
  return parsed;
}

/// What `t/0=5 t/1=7:note` commits, in the structs of one of the two requests; views of it go when it goes.
template <typename Topic, typename Partition>
class CommittedWords {
 public:
  explicit CommittedWords(const Command& command) {
    notes_.reserve(command.values.size());
    for (const auto& [key, value] : command.values) {
      if (key.find('/') != std::string::npos) take(command, partition_of(key), value);
    }
  }

  std::vector<Topic> topics() {
    std::vector<Topic> asked;
    std::size_t from = 0;
    for (const auto& [name, end] : topics_) {
      auto& topic = asked.emplace_back();
      topic.name = name;
      topic.partitions = std::span(partitions_).subspan(from, end - from);
      from = end;
    }
    return asked;
  }

 private:
  void take(const Command& command, const PartitionText& named, const std::string& value) {
    auto& partition = partitions_.emplace_back();
    partition.partition_index = named.partition;
    partition.committed_offset = std::strtoll(value.c_str(), nullptr, 10);
    partition.committed_leader_epoch = static_cast<std::int32_t>(command.number("epoch", -1));
    if constexpr (requires { partition.commit_timestamp; }) partition.commit_timestamp = command.number("at", -1);
    const auto colon = value.find(':');
    notes_.push_back(colon == std::string::npos ? std::string() : value.substr(colon + 1));
    if (colon != std::string::npos) partition.committed_metadata = notes_.back();
    if (topics_.empty() || topics_.back().first != named.topic) topics_.emplace_back(named.topic, 0);
    topics_.back().second = partitions_.size();
  }

  std::vector<Partition> partitions_;
  std::vector<std::pair<std::string, std::size_t>> topics_;  // topic and where its partitions end
  std::vector<std::string> notes_;
};

/// `commit a t/0=5 t/1=7:note`; `-` is a tool: no id and generation -1.
void commit(World& world, const Command& command) {
  using Request = wire::OffsetCommitRequest;
  const std::string group = group_of(command);
  const bool is_tool = command.word(0) == "-";
  const std::string id = is_tool ? std::string() : id_of(world, command);
  const auto instance = command.value("instance");
  const std::int16_t version = version_of(command, 9);
  CommittedWords<Request::OffsetCommitRequestTopic, Request::OffsetCommitRequestPartition> words(command);
  auto asked = words.topics();
  for (auto& topic : asked) {
    const auto known = static_cast<const World&>(world).shard().state().topics.by_name(topic.name);
    if (version >= 10 && known) topic.topic_id = known->id;
  }
  Request request{.group_id = group, .member_id = id, .topics = asked};
  request.generation_id_or_member_epoch = is_tool ? static_cast<std::int32_t>(command.number("gen", -1)) : generation_of(world, command);
  request.group_instance_id = view_of(instance);
  request.retention_time_ms = command.number("retention", -1);
  world.shard().commit_offsets(request, world.call(command.word(0), wire::ApiKey::offset_commit, version), world.now(), world.effects());
}

/// `txn_commit a p=7 t/0=5 t/1=6:note`: in the transaction of producer 7; `-` says nothing of itself.
void commit_in_transaction(World& world, const Command& command) {
  using Request = wire::TxnOffsetCommitRequest;
  const std::string group = group_of(command);
  const bool says_nothing = command.word(0) == "-";
  const std::string id = says_nothing ? std::string() : id_of(world, command);
  const auto instance = command.value("instance");
  const std::int16_t version = version_of(command, 5);
  CommittedWords<Request::TxnOffsetCommitRequestTopic, Request::TxnOffsetCommitRequestPartition> words(command);
  auto asked = words.topics();
  Request request{.transactional_id = "x", .group_id = group, .producer_id = command.number("p", 1)};
  request.generation_id = says_nothing ? static_cast<std::int32_t>(command.number("gen", -1)) : generation_of(world, command);
  request.member_id = id;
  request.group_instance_id = view_of(instance);
  request.topics = asked;
  const auto call = world.call(command.word(0), wire::ApiKey::txn_offset_commit, version);
  world.shard().commit_offsets_in_transaction(request, call, world.now(), world.effects());
}

/// `delete_offsets t/0 t/1 u/0`
void delete_offsets(World& world, const Command& command) {
  const std::string group = group_of(command);
  std::vector<PartitionText> named;
  for (const std::string& word : command.words) named.push_back(partition_of(word));
  std::vector<wire::OffsetDeleteRequest::OffsetDeleteRequestPartition> partitions;
  for (const PartitionText& each : named) partitions.push_back({.partition_index = each.partition});
  std::vector<wire::OffsetDeleteRequest::OffsetDeleteRequestTopic> topics;
  for (std::size_t i = 0; i < named.size(); ++i) {
    topics.push_back({.name = named[i].topic, .partitions = std::span(partitions).subspan(i, 1)});
  }
  const wire::OffsetDeleteRequest request{.group_id = group, .topics = topics};
  world.shard().delete_offsets(request, world.call("tool", wire::ApiKey::offset_delete, 0), world.now(), world.effects());
}

}  // namespace

void send(World& world, const Command& command) {
  if (command.verb == "join")
    join(world, command);
  else if (command.verb == "sync")
    sync(world, command);
  else if (command.verb == "heartbeat")
    heartbeat(world, command);
  else if (command.verb == "leave")
    leave(world, command);
  else if (command.verb == "commit")
    commit(world, command);
  else if (command.verb == "txn_commit")
    commit_in_transaction(world, command);
  else
    delete_offsets(world, command);
}

void settle(World& world, const Command& command) {
  // The oldest version joins without an id of its own, so that all are in one turn. `a/i1` is a static member.
  Command each = command;
  std::string assignment;
  for (const std::string& word : command.words) {
    const auto slash = word.find('/');
    each.words = {word.substr(0, slash)};
    each.values["v"] = slash == std::string::npos ? "3" : "9";
    each.values.erase("instance");
    if (slash != std::string::npos) each.values["instance"] = word.substr(slash + 1);
    join(world, each);
  }
  for (const groups::Answer& answer : world.pass(command.number("delay", 0))) learn_id(world, answer);
  for (const std::string& word : command.words) {
    const std::string client = word.substr(0, word.find('/'));
    assignment += (assignment.empty() ? "" : ",") + world.names().name_of(world.names().current(client)) + ":" + client;
  }
  Command part;
  if (const auto group = command.value("g")) part.values["g"] = *group;
  part.values["assign"] = assignment;
  for (const std::string& word : command.words) {
    part.words = {word.substr(0, word.find('/'))};
    sync(world, part);
  }
  world.end_turn();
}

std::vector<std::string> fetched(const World& world, const Command& command) {
  Arena arena;
  const std::string group = group_of(command);
  const std::int16_t version = version_of(command, 9);
  wire::OffsetFetchRequest::OffsetFetchRequestGroup request{.group_id = group};
  std::vector<PartitionText> named;
  for (const std::string& word : command.words) named.push_back(partition_of(word));
  std::vector<std::int32_t> indexes;
  for (const PartitionText& each : named) indexes.push_back(each.partition);
  std::vector<wire::OffsetFetchRequest::OffsetFetchRequestTopics> topics;
  for (std::size_t i = 0; i < named.size(); ++i) {
    auto& topic = topics.emplace_back();
    topic.name = named[i].topic;
    if (const auto known = world.shard().state().topics.by_name(named[i].topic)) topic.topic_id = known->id;
    topic.partition_indexes = std::span(indexes).subspan(i, 1);
  }
  request.topics.reset();
  if (!named.empty()) request.topics = topics;
  const auto wanted = command.value("stable") ? groups::offsets::Wanted::stable : groups::offsets::Wanted::committed;
  const auto response = world.shard().fetch_offsets(request, {.version = version, .wanted = wanted}, arena);
  std::vector<std::string> lines;
  if (response.error_code != 0) lines.emplace_back(error_name(response.error_code));
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      std::string line = fmt::format("{}/{} {}", topic.name, partition.partition_index, partition.committed_offset);
      if (!partition.metadata)
        line += " null";
      else if (!partition.metadata->empty())
        line += fmt::format(" \"{}\"", *partition.metadata);
      if (partition.committed_leader_epoch >= 0) line += fmt::format(" epoch={}", partition.committed_leader_epoch);
      if (partition.error_code != 0) line += fmt::format(" {}", error_name(partition.error_code));
      lines.push_back(line);
    }
  }
  return lines;
}

std::vector<std::string> described(const World& world, const Command& command) {
  Arena arena;
  const auto group = world.shard().describe(command.words.empty() ? "g" : command.word(0), version_of(command, 6), arena);
  std::vector<std::string> lines = {fmt::format("{} {} {} type={} protocol={}", group.group_id, error_name(group.error_code),
                                                group.group_state, group.protocol_type, group.protocol_data)};
  if (group.error_message) lines.emplace_back(*group.error_message);
  const Names& names = world.names();
  for (const auto& member : group.members) {
    lines.push_back(fmt::format("{} instance={} client={} host={} metadata={} assignment={}", names.name_of(member.member_id),
                                member.group_instance_id.value_or("-"), member.client_id, member.client_host, member.member_metadata.size(),
                                as_text(member.member_assignment)));
  }
  return lines;
}

std::vector<std::string> listed(const World& world, const Command& command) {
  Arena arena;
  const std::vector<std::string> states = split(command.value("states", ""), ',');
  const std::vector<std::string> types = split(command.value("types", ""), ',');
  std::vector<std::string_view> state_views(states.begin(), states.end());
  std::vector<std::string_view> type_views(types.begin(), types.end());
  const wire::ListGroupsRequest request{.states_filter = state_views, .types_filter = type_views};
  std::vector<std::string> lines;
  for (const auto& group : world.shard().list(request, arena)) {
    lines.push_back(fmt::format("{} {} {} type={}", group.group_id, group.group_state, group.group_type, group.protocol_type));
  }
  return lines;
}

LoggedRecord raw_record(const Command& command) {
  const auto bytes_of = [](const std::string& hex) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes.push_back(static_cast<std::byte>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16)));
    }
    return bytes;
  };
  LoggedRecord record{.key = bytes_of(command.value("key", ""))};
  if (const auto value = command.value("value")) record.value = bytes_of(*value);
  return record;
}

}  // namespace streamline::scenario
