// Metadata (key 3), versions 0 to 13: brokers, topics, partitions. Topics are made here when the client and the broker allow it
// (kafka-rules 18); they are usable when the answer is sent. Lookup by topic id from v12 on.
#include "wire/messages/metadata.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/topic_description.h"

namespace streamline::handlers {

namespace {

using Message = wire::MetadataRequest;
using Response = wire::MetadataResponse;
using wire::ErrorCode;

/// Why missing topics could not be made.
using Failures = std::unordered_map<std::string_view, ErrorCode>;

struct Context {
  Request& request;
  const Message& message;
  const catalog::TopicMap& topics;
  std::span<std::int32_t> replica;
  const Failures& failures;
};

bool wants_all(const Request& request, const Message& message) {
  if (!message.topics) return true;
  return request.version() == 0 && message.topics->empty();
}

bool may_create(const Request& request, const Message& message) {
  const bool asked = request.version() < 4 || message.allow_auto_topic_creation;
  return asked && request.broker().config().auto_create_topics;
}

void describe(const Context& context, const catalog::Topic& topic, Response::MetadataResponseTopic& out) {
  const auto& partitions = broker::partitions_of(topic).partitions;
  out.name = topic.name;
  out.topic_id = topic.id;
  out.is_internal = topic.internal;
  if (context.message.include_topic_authorized_operations) out.topic_authorized_operations = kAllTopicOperations;
  out.partitions = context.request.arena().make_array<Response::MetadataResponsePartition>(partitions.size());
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    auto& partition = out.partitions[i];
    partition.partition_index = static_cast<std::int32_t>(i);
    partition.leader_id = context.request.broker().node_id();
    partition.leader_epoch = partitions[i]->log().leader_epoch().value;
    partition.replica_nodes = context.replica;
    partition.isr_nodes = context.replica;
  }
}

void describe_named(const Context& context, std::string_view name, Response::MetadataResponseTopic& out) {
  out.name = name;
  if (const catalog::Topic* topic = context.topics.find(name)) return describe(context, *topic, out);
  const ErrorCode error = catalog::check_topic_name(name) ? ErrorCode::unknown_topic_or_partition : ErrorCode::invalid_topic_exception;
  const auto failed = context.failures.find(name);
  out.error_code = static_cast<std::int16_t>(failed == context.failures.end() ? error : failed->second);
}

void describe_by_id(const Context& context, const TopicId& id, Response::MetadataResponseTopic& out) {
  if (const catalog::Topic* topic = context.topics.find(id)) return describe(context, *topic, out);
  out.topic_id = id;
  // The name stays null where the version allows it.
  if (context.request.version() >= 12) out.name.reset();
  out.error_code = static_cast<std::int16_t>(ErrorCode::unknown_topic_id);
}

bool is_by_id(const Request& request, const Message::MetadataRequestTopic& wanted) {
  return !wanted.name || (!wanted.topic_id.is_zero() && request.version() >= 12);
}

std::span<Response::MetadataResponseTopic> describe_all(const Context& context) {
  auto all = context.request.arena().make_array<Response::MetadataResponseTopic>(context.topics.size());
  std::size_t count = 0;
  context.topics.for_each([&](const catalog::Topic& topic) { describe(context, topic, all[count++]); });
  return all;
}

/// A topic that is asked for twice is answered once, so that an answer is bounded by what there is.
std::span<Response::MetadataResponseTopic> describe_wanted(const Context& context) {
  auto topics = context.request.arena().make_array<Response::MetadataResponseTopic>(context.message.topics->size());
  std::unordered_set<std::string_view> names;
  std::unordered_set<TopicId> ids;
  std::size_t count = 0;
  for (const auto& wanted : *context.message.topics) {
    if (is_by_id(context.request, wanted)) {
      if (ids.insert(wanted.topic_id).second) describe_by_id(context, wanted.topic_id, topics[count++]);
    } else if (names.insert(*wanted.name).second) {
      describe_named(context, *wanted.name, topics[count++]);
    }
  }
  return topics.first(count);
}

/// Whether this entry asks for a topic that is to be made.
bool is_missing(const Request& request, const Message::MetadataRequestTopic& wanted, const catalog::TopicMap& topics) {
  return !is_by_id(request, wanted) && topics.find(*wanted.name) == nullptr && catalog::check_topic_name(*wanted.name);
}

bool any_missing(const Request& request, const Message& message, const catalog::TopicMap& topics) {
  return std::any_of(message.topics->begin(), message.topics->end(),
                     [&](const auto& wanted) { return is_missing(request, wanted, topics); });
}

/// Makes the missing topics together. On the pool.
Failures create_missing(Request& request, const Message& message, const catalog::TopicMap& topics) {
  std::unordered_set<std::string_view> names;
  std::vector<catalog::NewTopic> missing;
  for (const auto& wanted : *message.topics) {
    if (!is_missing(request, wanted, topics) || !names.insert(*wanted.name).second) continue;
    catalog::NewTopic& topic = missing.emplace_back();
    topic.name = *wanted.name;
    request.broker().groups().complete(topic);
    request.broker().transactions().complete(topic);
  }
  const auto made = request.broker().catalog().create_all(missing, request.wall_ms());
  Failures failures;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (made[i] || made[i].error().code == Errc::already_exists) continue;
    log::warn("metadata", "topic was not created topic={} cause={}", missing[i].name, made[i].error().text);
    failures.emplace(*names.find(missing[i].name), broker::wire_error(made[i].error().code));
  }
  return failures;
}

void describe_cluster_of(Request& request, const Message& message, Response& response) {
  const auto& config = request.broker().config();
  response.brokers = request.arena().make_array<Response::MetadataResponseBroker>(1);
  const broker::Endpoint endpoint = request.endpoint();
  response.brokers[0].node_id = config.node_id;
  response.brokers[0].host = request.arena().copy(endpoint.host);
  response.brokers[0].port = endpoint.port;
  if (!config.rack.empty()) response.brokers[0].rack = config.rack;
  response.cluster_id = request.arena().copy(request.broker().cluster_id());
  response.controller_id = config.node_id;
  if (message.include_cluster_authorized_operations) response.cluster_authorized_operations = kAllClusterOperations;
}

}  // namespace

void metadata(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  auto topics = request.broker().catalog().snapshot();
  const bool all = wants_all(request, *message);
  Failures failures;
  if (!all && may_create(request, *message) && any_missing(request, *message, *topics)) {
    if (!request.may_block()) return request.continue_on_pool();
    failures = create_missing(request, *message, *topics);
    topics = request.broker().catalog().snapshot();
  }
  Response response;
  describe_cluster_of(request, *message, response);
  const Context context{.request = request, .message = *message, .topics = *topics, .replica = only_replica(request), .failures = failures};
  response.topics = all ? describe_all(context) : describe_wanted(context);
  request.reply(response);
}

}  // namespace streamline::handlers
