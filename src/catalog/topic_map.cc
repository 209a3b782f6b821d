// Look-up and copy-on-write of the topic shards.
#include "catalog/topic_map.h"

#include <algorithm>

namespace streamline::catalog {

namespace {

/// '.' and '_' are the same here: metric names cannot tell them apart, so Kafka refuses two such topics (kafka-rules 19).
std::string folded(std::string_view name) {
  std::string key(name);
  std::ranges::replace(key, '.', '_');
  return key;
}

/// As hash of folded(name), without making it.
std::size_t folded_hash(std::string_view name) {
  std::size_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c == '.' ? '_' : c)) * 0x100000001b3ULL;
  return hash;
}

std::size_t id_hash(const TopicId& id) { return std::hash<TopicId>{}(id); }

/// FNV's upper bits are the better mixed ones.
std::size_t shard_of(std::size_t hash) { return hash >> 56U; }

}  // namespace

std::size_t NameHash::operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }

const TopicPtr* TopicMap::look_up(std::string_view name) const {
  const auto& shard = by_name_[shard_of(folded_hash(name))];
  if (shard == nullptr) return nullptr;
  const auto found = shard->find(name);
  return found == shard->end() ? nullptr : &found->second;
}

const TopicPtr* TopicMap::look_up(const TopicId& id) const {
  const auto& shard = by_id_[shard_of(id_hash(id))];
  if (shard == nullptr) return nullptr;
  const auto found = shard->find(id);
  return found == shard->end() ? nullptr : &found->second;
}

const Topic* TopicMap::find(std::string_view name) const {
  const TopicPtr* found = look_up(name);
  return found == nullptr ? nullptr : found->get();
}

const Topic* TopicMap::find(const TopicId& id) const {
  const TopicPtr* found = look_up(id);
  return found == nullptr ? nullptr : found->get();
}

TopicPtr TopicMap::share(std::string_view name) const {
  const TopicPtr* found = look_up(name);
  return found == nullptr ? nullptr : *found;
}

TopicPtr TopicMap::share(const TopicId& id) const {
  const TopicPtr* found = look_up(id);
  return found == nullptr ? nullptr : *found;
}

std::vector<const Topic*> TopicMap::sorted() const {
  std::vector<const Topic*> topics;
  topics.reserve(size_);
  for_each([&topics](const Topic& topic) { topics.push_back(&topic); });
  std::ranges::sort(topics, {}, [](const Topic* topic) -> std::string_view { return topic->name; });
  return topics;
}

const Topic* TopicMap::find_collision(std::string_view name) const {
  const auto& shard = by_name_[shard_of(folded_hash(name))];
  if (shard == nullptr) return nullptr;
  const std::string wanted = folded(name);
  for (const auto& [other, topic] : *shard) {
    if (other != name && folded(other) == wanted) return topic.get();
  }
  return nullptr;
}

TopicMap TopicMap::of(std::vector<TopicPtr> topics) {
  std::array<std::shared_ptr<NameShard>, kShards> names;
  std::array<std::shared_ptr<IdShard>, kShards> ids;
  TopicMap result;
  result.size_ = topics.size();
  for (TopicPtr& topic : topics) {
    auto& name_shard = names[shard_of(folded_hash(topic->name))];
    if (name_shard == nullptr) name_shard = std::make_shared<NameShard>();
    name_shard->emplace(topic->name, topic);
    auto& id_shard = ids[shard_of(id_hash(topic->id))];
    if (id_shard == nullptr) id_shard = std::make_shared<IdShard>();
    id_shard->emplace(topic->id, std::move(topic));
  }
  std::ranges::move(names, result.by_name_.begin());
  std::ranges::move(ids, result.by_id_.begin());
  return result;
}

TopicMap TopicMap::with(TopicPtr topic) const {
  TopicMap result = find(topic->name) == nullptr ? *this : without(topic->name);
  auto& names = result.by_name_[shard_of(folded_hash(topic->name))];
  auto new_names = names == nullptr ? std::make_shared<NameShard>() : std::make_shared<NameShard>(*names);
  (*new_names)[topic->name] = topic;
  names = std::move(new_names);
  auto& ids = result.by_id_[shard_of(id_hash(topic->id))];
  auto new_ids = ids == nullptr ? std::make_shared<IdShard>() : std::make_shared<IdShard>(*ids);
  (*new_ids)[topic->id] = std::move(topic);
  ids = std::move(new_ids);
  ++result.size_;
  return result;
}

TopicMap TopicMap::without(std::string_view name) const {
  TopicMap result = *this;
  const TopicPtr topic = share(name);
  if (topic == nullptr) return result;
  auto& names = result.by_name_[shard_of(folded_hash(name))];
  auto new_names = std::make_shared<NameShard>(*names);
  new_names->erase(topic->name);
  names = std::move(new_names);
  auto& ids = result.by_id_[shard_of(id_hash(topic->id))];
  auto new_ids = std::make_shared<IdShard>(*ids);
  new_ids->erase(topic->id);
  ids = std::move(new_ids);
  --result.size_;
  return result;
}

}  // namespace streamline::catalog
