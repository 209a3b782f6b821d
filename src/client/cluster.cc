// Metadata, and who to connect to.
#include "client/cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/messages/find_coordinator.h"
#include "wire/messages/metadata.h"

namespace streamline::client {

namespace {

constexpr NodeId kBootstrapNode{-1};

std::vector<std::int32_t> copied(std::span<std::int32_t> numbers) { return {numbers.begin(), numbers.end()}; }

Topic topic_of(const wire::MetadataResponse::MetadataResponseTopic& from) {
  Topic topic{.name = std::string(from.name.value_or("")), .id = from.topic_id, .internal = from.is_internal, .partitions = {}};
  for (const auto& partition : from.partitions) {
    topic.partitions.push_back({.index = partition.partition_index,
                                .leader = NodeId(partition.leader_id),
                                .leader_epoch = partition.leader_epoch,
                                .replicas = copied(partition.replica_nodes),
                                .in_sync = copied(partition.isr_nodes)});
  }
  std::ranges::sort(topic.partitions, {}, &Partition::index);
  return topic;
}

}  // namespace

void Cluster::close(const Connection* connection) {
  std::erase_if(connections_, [&](const auto& entry) { return &entry.second == connection; });
}

std::unexpected<Failure> Cluster::drop(const Connection* connection, Error error) {
  if (error.code != Errc::unsupported) close(connection);
  return std::unexpected(connection_failure(std::move(error)));
}

Attempt<Connection*> Cluster::any() {
  if (!connections_.empty()) return &connections_.begin()->second;
  Error last{Errc::closed, "no bootstrap address"};
  for (const Address& address : bootstrap_) {
    auto opened = Connection::open(address, options_.connection);
    if (opened) return &connections_.insert_or_assign(kBootstrapNode, *std::move(opened)).first->second;
    last = std::move(opened).error();
  }
  // Not tried again: whoever gives an address wants to know at once that nobody is there.
  return std::unexpected(Failure{.error = std::move(last), .retriable = false});
}

Attempt<Connection*> Cluster::connect(const Broker& node) {
  if (const auto open = connections_.find(node.id); open != connections_.end()) return &open->second;
  // The bootstrap connection serves for the broker that advertises the same address.
  const auto first = connections_.find(kBootstrapNode);
  if (first != connections_.end() && first->second.address() == node.address) return &first->second;
  auto opened = Connection::open(node.address, options_.connection);
  if (opened) return &connections_.insert_or_assign(node.id, *std::move(opened)).first->second;
  Failure failure = connection_failure(std::move(opened).error());
  failure.error.text = fmt::format("broker {} advertises {}: {}", node.id.value, to_string(node.address), failure.error.text);
  return std::unexpected(std::move(failure));
}

Attempt<std::vector<Topic>> Cluster::ask(const std::string_view* name, Missing missing) {
  auto connection = any();
  if (!connection) return std::unexpected(std::move(connection).error());
  wire::MetadataRequest request;
  request.allow_auto_topic_creation = missing == Missing::create;
  wire::MetadataRequest::MetadataRequestTopic wanted;
  request.topics = std::nullopt;
  if (name != nullptr) {
    wanted.name = *name;
    request.topics = std::span(&wanted, 1);
  }
  auto reply = (*connection)->call<wire::MetadataResponse>(request);
  if (!reply) return drop(*connection, std::move(reply).error());
  nodes_.clear();
  for (const auto& broker : (*reply)->brokers) {
    const NodeId id(broker.node_id);
    nodes_[id] = {.id = id, .address = {.host = std::string(broker.host), .port = static_cast<std::uint16_t>(broker.port)}};
  }
  controller_ = NodeId((*reply)->controller_id);
  std::vector<Topic> topics;
  for (const auto& topic : (*reply)->topics) {
    if (topic.error_code != 0) {
      Failure failure = broker_failure(topic.error_code, fmt::format("topic '{}'", topic.name.value_or("")));
      // A topic that nobody may create does not appear by waiting.
      failure.retriable = failure.retriable && (missing != Missing::fail || failure.error.code != Errc::not_found);
      return std::unexpected(std::move(failure));
    }
    topics.push_back(topic_of(topic));
  }
  return topics;
}

Result<std::vector<Topic>> Cluster::topics() {
  auto all = retry("", [this] { return ask(nullptr, Missing::fail); });
  if (!all) return all;
  std::ranges::sort(*all, {}, &Topic::name);
  topics_.clear();
  for (const Topic& topic : *all) topics_.emplace(topic.name, topic);
  return all;
}

Result<const Topic*> Cluster::topic(std::string_view name, Missing missing) {
  const std::string key(name);
  if (const auto known = topics_.find(key); known != topics_.end()) return &known->second;
  auto found = retry(name, [&] { return ask(&name, missing); });
  if (!found) return fail_with(std::move(found));
  if (found->empty()) return fail(Errc::not_found, fmt::format("topic '{}': the broker does not name it", name));
  return &(topics_[key] = std::move(found->front()));
}

Attempt<Connection*> Cluster::controller() {
  if (!nodes_.contains(controller_)) {
    constexpr std::string_view kNone;
    // Any topic's answer lists the brokers; the name "" is none.
    if (auto asked = ask(&kNone, Missing::fail); !asked && nodes_.empty()) return std::unexpected(std::move(asked).error());
  }
  const auto node = nodes_.find(controller_);
  return node == nodes_.end() ? any() : connect(node->second);
}

Attempt<Connection*> Cluster::broker(NodeId id) {
  if (!nodes_.contains(id)) {
    constexpr std::string_view kNone;
    if (auto asked = ask(&kNone, Missing::fail); !asked && nodes_.empty()) return std::unexpected(std::move(asked).error());
  }
  const auto node = nodes_.find(id);
  if (node != nodes_.end()) return connect(node->second);
  return std::unexpected(Failure{.error = {Errc::not_found, fmt::format("there is no broker {}", id.value)}});
}

Result<std::vector<Broker>> Cluster::brokers() {
  constexpr std::string_view kNone;
  auto asked = retry("", [&]() -> Attempt<std::vector<Topic>> {
    nodes_.clear();
    auto topics = ask(&kNone, Missing::fail);
    // The name "" is no topic's: its error comes with the list of brokers all the same.
    if (!topics && !nodes_.empty()) return std::vector<Topic>();
    return topics;
  });
  if (!asked) return fail_with(std::move(asked));
  std::vector<Broker> all;
  for (const auto& [id, node] : nodes_) all.push_back(node);
  return all;
}

Attempt<Connection*> Cluster::leader_of(std::string_view name, std::int32_t partition) {
  auto found = topic(name);
  if (!found) return std::unexpected(Failure{.error = std::move(found).error()});
  const auto& partitions = (*found)->partitions;
  const auto at = std::ranges::find(partitions, partition, &Partition::index);
  if (at == partitions.end()) {
    return std::unexpected(Failure{
        .error = {Errc::not_found, fmt::format("topic '{}' has {} partitions and no partition {}", name, partitions.size(), partition)}});
  }
  const auto node = nodes_.find(at->leader);
  if (node == nodes_.end()) {
    return std::unexpected(
        Failure{.error = {Errc::closed, fmt::format("partition {} of topic '{}' has no leader", partition, name)}, .retriable = true});
  }
  return connect(node->second);
}

Attempt<Connection*> Cluster::coordinator_of(std::string_view key, Coordinates what) {
  constexpr std::int16_t kFirstWithSeveralKeys = 4;
  auto connection = any();
  if (!connection) return connection;
  wire::FindCoordinatorRequest request;
  request.key = key;
  request.key_type = static_cast<std::int8_t>(what);
  request.coordinator_keys = std::span(&key, 1);
  auto reply = (*connection)->call<wire::FindCoordinatorResponse>(request);
  if (!reply) return drop(*connection, std::move(reply).error());
  wire::FindCoordinatorResponse::Coordinator found;
  if (reply->version < kFirstWithSeveralKeys) {
    const wire::FindCoordinatorResponse& only = reply->body;
    found = {.node_id = only.node_id, .host = only.host, .port = only.port, .error_code = only.error_code};
    found.error_message = only.error_message;
  } else if ((*reply)->coordinators.size() == 1) {
    found = (*reply)->coordinators[0];
  } else {
    return std::unexpected(Failure{.error = {Errc::malformed, "FindCoordinator was not answered for what was asked"}});
  }
  if (found.error_code != 0) {
    return std::unexpected(broker_failure(
        found.error_code, fmt::format("coordinator of {} '{}'", what == Coordinates::group ? "group" : "transactional id", key),
        found.error_message));
  }
  return connect(
      {.id = NodeId(found.node_id), .address = {.host = std::string(found.host), .port = static_cast<std::uint16_t>(found.port)}});
}

Attempt<std::vector<Connection*>> Cluster::everybody() {
  constexpr std::string_view kNone;
  if (auto asked = ask(&kNone, Missing::fail); !asked && nodes_.empty()) return std::unexpected(std::move(asked).error());
  std::vector<Connection*> all;
  for (const auto& [id, node] : nodes_) {
    auto connection = connect(node);
    if (!connection) return std::unexpected(std::move(connection).error());
    all.push_back(*connection);
  }
  return all;
}

}  // namespace streamline::client
