// Making the topics that the configuration names.
#include <fmt/format.h>

#include "base/log.h"
#include "embedded/instance.h"

namespace streamline::embedded {

namespace {

catalog::NewTopic wanted_topic(const config::DeclaredTopic& declared) {
  catalog::NewTopic wanted;
  wanted.name = declared.name;
  wanted.partition_count = declared.partitions;
  wanted.replication_factor = declared.replication;
  if (!declared.cleanup_policy.empty()) wanted.configs.emplace("cleanup.policy", declared.cleanup_policy);
  return wanted;
}

/// An existing topic stays: records lie in it, and keys hash to its partitions.
void tell_difference(const config::DeclaredTopic& declared, const catalog::TopicMap& topics) {
  const catalog::Topic* topic = topics.find(declared.name);
  if (topic == nullptr || declared.partitions < 0 || topic->partition_count == declared.partitions) return;
  log::warn("catalog", "a declared topic exists with another number of partitions and stays so topic={} partitions={} declared={}",
            declared.name, topic->partition_count, declared.partitions);
}

}  // namespace

Status Instance::declare_topics(std::span<const config::DeclaredTopic> topics) {
  const auto present = broker_->catalog().snapshot();
  std::vector<catalog::NewTopic> missing;
  for (const config::DeclaredTopic& declared : topics) {
    if (present->find(declared.name) == nullptr) {
      missing.push_back(wanted_topic(declared));
      broker_->groups().complete(missing.back());
    } else {
      tell_difference(declared, *present);
    }
  }
  if (missing.empty()) return {};
  const auto made = broker_->catalog().create_all(missing, clock_.wall_ms());
  for (std::size_t i = 0; i < made.size(); ++i) {
    // A client that was quicker made the same topic.
    if (!made[i] && made[i].error().code == Errc::already_exists) continue;
    if (!made[i]) return fail(made[i].error().code, fmt::format("topics: {}: {}", missing[i].name, made[i].error().text));
    log::info("catalog", "made a declared topic topic={} partitions={}", missing[i].name, (*made[i])->partition_count);
  }
  return {};
}

}  // namespace streamline::embedded
