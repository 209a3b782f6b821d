// Reacts to answers the way the Java client does: it revokes, says so, and begins anew when it is fenced.
#include "scenario/consumer_client.h"

#include <algorithm>
#include <array>

#include "groups/consumer/consumer_group.h"
#include "scenario/script.h"
#include "wire/error_code.h"
#include "wire/messages/offset_commit.h"
#include "wire/reader.h"

namespace streamline::scenario {

using groups::ConsumerGroup;
using wire::ErrorCode;

namespace {

constexpr std::string_view kGroup = "g";
constexpr std::int32_t kRebalanceMs = 20'000;
constexpr std::array<std::string_view, 5> kSubscriptions = {"t", "t,u", "u", "~t|u", "~[tu]"};

const ConsumerGroup* group_in(const World& world) {
  const groups::Group* group = world.shard().state().find(kGroup);
  return group != nullptr && group->type() == groups::GroupType::consumer ? static_cast<const ConsumerGroup*>(group) : nullptr;
}

}  // namespace

groups::Ticket ConsumerClient::send(World& world, Request& request) {
  request.group_id = kGroup;
  request.member_id = id_;
  if (instance_) request.instance_id = *instance_;
  const auto call = world.call(name(), wire::ApiKey::consumer_group_heartbeat, 1);
  waits_for_ = call.ticket;
  world.shard().consumer_heartbeat(request, call, world.now(), world.effects());
  return call.ticket;
}

groups::Ticket ConsumerClient::join(World& world) {
  if (id_.empty()) id_ = name() + "-" + std::to_string(++lives_);
  owned_.clear();
  assigned_.clear();
  epoch_ = 0;
  says_everything_ = true;
  return beat(world);
}

groups::Ticket ConsumerClient::beat(World& world) {
  Arena arena;
  const bool is_regex = subscription_.starts_with('~');
  const std::string regex = is_regex ? subscription_.substr(1) : std::string();
  const std::vector<std::string> topics = is_regex ? std::vector<std::string>() : split(subscription_, ',');
  std::vector<std::string_view> views(topics.begin(), topics.end());
  if (owned_ != assigned_) has_news_ = true;
  owned_ = assigned_;
  Request request{.member_epoch = epoch_};
  if (says_everything_) {
    request.rebalance_timeout_ms = kRebalanceMs;
    request.subscribed_topic_names = views;
    request.subscribed_topic_regex = regex;
  }
  if (says_everything_ || has_news_) request.topic_partitions = groups::listed_in<Request::TopicPartitions>(owned_, arena);
  says_everything_ = false;
  has_news_ = false;
  return send(world, request);
}

groups::Ticket ConsumerClient::leave(World& world, std::int32_t epoch) {
  Request request{.member_epoch = epoch};
  const groups::Ticket ticket = send(world, request);
  start_anew();
  return ticket;
}

groups::Ticket ConsumerClient::commit(World& world, std::int64_t offset) {
  std::array<wire::OffsetCommitRequest::OffsetCommitRequestPartition, 1> partitions{};
  partitions[0] = {.partition_index = static_cast<std::int32_t>(offset % 3), .committed_offset = offset};
  std::array<wire::OffsetCommitRequest::OffsetCommitRequestTopic, 1> topics{};
  topics[0].name = "t";
  topics[0].partitions = partitions;
  wire::OffsetCommitRequest request{.group_id = kGroup, .generation_id_or_member_epoch = epoch_, .member_id = id_};
  request.topics = topics;
  const auto call = world.call(name(), wire::ApiKey::offset_commit, 9);
  waits_for_ = call.ticket;
  world.shard().commit_offsets(request, call, world.now(), world.effects());
  return call.ticket;
}

void ConsumerClient::start_anew() {
  id_.clear();
  epoch_ = 0;
  owned_.clear();
  assigned_.clear();
  waits_for_.reset();
}

std::optional<groups::Ticket> ConsumerClient::go_on(World& world) {
  if (waits_for_) return std::nullopt;
  return epoch_ == 0 ? join(world) : beat(world);
}

std::optional<groups::Ticket> ConsumerClient::surprise(World& world, std::mt19937_64& random) {
  switch (random() % 7) {
    case 0:  // it starts anew and knows nothing
      start_anew();
      return std::nullopt;
    case 1:  // its answer is lost
      waits_for_.reset();
      says_everything_ = true;
      return go_on(world);
    case 2:
      subscription_ = kSubscriptions[random() % kSubscriptions.size()];
      says_everything_ = true;
      return go_on(world);
    case 3: return waits_for_ || epoch_ == 0 ? std::nullopt : std::optional(leave(world, groups::kLeaveEpoch));
    case 4: return waits_for_ || epoch_ == 0 || !instance_ ? std::nullopt : std::optional(leave(world, groups::kStaticLeaveEpoch));
    case 5: {  // it takes its time to revoke
      if (waits_for_ || epoch_ == 0) return std::nullopt;
      Request request{.member_epoch = epoch_};
      return send(world, request);
    }
    default: return waits_for_ || epoch_ == 0 ? std::nullopt : std::optional(commit(world, static_cast<std::int64_t>(random() % 1000)));
  }
}

void ConsumerClient::lose_connection() {
  waits_for_.reset();
  says_everything_ = true;
}

void ConsumerClient::take(World&, const groups::Answer& answer) {
  if (waits_for_ != answer.ticket) return;
  waits_for_.reset();
  if (answer.api == wire::ApiKey::consumer_group_heartbeat) take_beat(answer);
}

void ConsumerClient::take_beat(const groups::Answer& answer) {
  Arena arena;
  wire::Reader in(answer.body);
  const auto response = wire::ConsumerGroupHeartbeatResponse::decode(in, answer.version, arena);
  switch (static_cast<ErrorCode>(response->error_code)) {
    case ErrorCode::none: break;
    case ErrorCode::coordinator_not_available: says_everything_ = true; return;
    case ErrorCode::fenced_member_epoch:
    case ErrorCode::unknown_member_id: epoch_ = 0; return;
    default: return start_anew();
  }
  epoch_ = response->member_epoch;
  if (!response->assignment) return;
  assigned_ = groups::partitions_of(response->assignment->topic_partitions);
  has_news_ = true;
  // New partitions are its own at once; what it has to give up it does with its next heartbeat.
  for (const auto& [topic, partitions] : assigned_) {
    auto& own = owned_[topic];
    own.insert(own.end(), partitions.begin(), partitions.end());
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
  }
}

bool ConsumerClient::is_undisturbed(const World& world) const {
  const ConsumerGroup* group = group_in(world);
  const groups::ConsumerMember* member = group == nullptr ? nullptr : group->find_member(id_);
  if (member == nullptr || epoch_ == 0) return true;
  const auto is_held = [&](const TopicId& topic, std::int32_t partition) {
    return groups::find_held(member->assignment.assigned, topic, partition) != nullptr ||
           groups::find_held(member->assignment.pending_revocation, topic, partition) != nullptr;
  };
  for (const auto& [topic, partitions] : owned_) {
    for (const std::int32_t partition : partitions) {
      if (!is_held(topic, partition)) return false;
    }
  }
  return true;
}

bool ConsumerClient::is_at_rest(const World& world) const {
  const ConsumerGroup* group = group_in(world);
  const groups::ConsumerMember* member = group == nullptr ? nullptr : group->find_member(id_);
  if (member == nullptr || waits_for_ || epoch_ != member->assignment.epoch) return false;
  return member->has_reached(group->assignment_epoch()) && assigned_ == group->target_of(id_);
}

}  // namespace streamline::scenario
