// The catalog in the words of groups.
#include "broker/coordinator/catalog_topics.h"

namespace streamline::broker {

namespace {

groups::TopicFacts facts_of(const catalog::Topic& topic) {
  return {.name = topic.name, .id = topic.id, .partitions = topic.partition_count};
}

std::optional<groups::TopicFacts> facts_of(const catalog::Topic* topic) {
  if (topic == nullptr) return std::nullopt;
  return facts_of(*topic);
}

}  // namespace

void CatalogTopics::refresh() {
  const std::uint64_t version = catalog_.version();
  if (version == version_) return;
  topics_ = catalog_.snapshot();
  version_ = version;
}

std::optional<groups::TopicFacts> CatalogTopics::by_name(std::string_view name) const { return facts_of(topics_->find(name)); }

std::optional<groups::TopicFacts> CatalogTopics::by_id(const TopicId& id) const { return facts_of(topics_->find(id)); }

void CatalogTopics::for_each(const std::function<void(const groups::TopicFacts&)>& visit) const {
  topics_->for_each([&](const catalog::Topic& topic) { visit(facts_of(topic)); });
}

}  // namespace streamline::broker
