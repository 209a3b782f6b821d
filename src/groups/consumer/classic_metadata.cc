// Reads and writes ConsumerProtocolSubscription and ConsumerProtocolAssignment; names become ids and back.
#include "groups/consumer/classic_metadata.h"

#include <algorithm>

#include "wire/messages/consumer_protocol_assignment.h"
#include "wire/messages/consumer_protocol_subscription.h"
#include "wire/record_codec.h"

namespace streamline::groups::consumer {

namespace {

template <class Listed>
TopicPartitions by_id(const Listed& listed, const TopicLookup& lookup) {
  struct Named {
    TopicId topic_id{};
    std::span<std::int32_t> partitions{};
  };
  std::vector<Named> known;
  for (const auto& each : listed) {
    if (const auto topic = lookup.by_name(each.topic)) known.push_back({topic->id, each.partitions});
  }
  return partitions_of(known);
}

/// A version newer than ours is read as our newest, as every client does.
template <class Message>
std::optional<Message> decode(ByteView bytes, std::int16_t& version, Arena& arena) {
  wire::Reader in(bytes);
  version = in.int16();
  if (!in.ok() || version < 0) return std::nullopt;
  version = std::min(version, Message::kMaxVersion);
  auto message = Message::decode(in, version, arena);
  if (!message) return std::nullopt;
  return *message;
}

}  // namespace

std::optional<ClassicSubscription> subscription_of(ByteView metadata, const TopicLookup& lookup) {
  Arena arena(0);
  ClassicSubscription subscription;
  const auto message = decode<wire::ConsumerProtocolSubscription>(metadata, subscription.version, arena);
  if (!message) return std::nullopt;
  subscription.topics.assign(message->topics.begin(), message->topics.end());
  std::sort(subscription.topics.begin(), subscription.topics.end());
  subscription.topics.erase(std::unique(subscription.topics.begin(), subscription.topics.end()), subscription.topics.end());
  subscription.owned = by_id(message->owned_partitions, lookup);
  if (message->rack_id) subscription.rack_id.emplace(*message->rack_id);
  return subscription;
}

std::optional<ClassicAssignment> assignment_of(ByteView bytes, const TopicLookup& lookup) {
  if (bytes.empty()) return ClassicAssignment{};
  Arena arena(0);
  std::int16_t version = 0;
  const auto message = decode<wire::ConsumerProtocolAssignment>(bytes, version, arena);
  if (!message) return std::nullopt;
  ClassicAssignment assignment{.partitions = by_id(message->assigned_partitions, lookup)};
  assignment.has_user_data = message->user_data && !message->user_data->empty();
  return assignment;
}

std::vector<std::byte> encode_assignment(const TopicPartitions& partitions, std::int16_t version, const TopicLookup& lookup) {
  Arena arena(0);
  std::vector<wire::ConsumerProtocolAssignment::TopicPartition> listed;
  for (const auto& [id, of_topic] : partitions) {
    const auto topic = lookup.by_id(id);
    if (!topic) continue;
    auto& each = listed.emplace_back();
    each.topic = arena.copy(topic->name);
    each.partitions = arena.make_array<std::int32_t>(of_topic.size());
    std::copy(of_topic.begin(), of_topic.end(), each.partitions.begin());
  }
  wire::ConsumerProtocolAssignment message{.assigned_partitions = listed};
  message.user_data.reset();
  return wire::encode_versioned(message, std::clamp(version, message.kMinVersion, message.kMaxVersion));
}

}  // namespace streamline::groups::consumer
