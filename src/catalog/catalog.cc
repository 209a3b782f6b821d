// Changes of topics: checked, written, synced, attached, published, in this order, so that a crash or a failure in between leaves nothing
// half.
#include "catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "catalog/topic_checks.h"
#include "catalog/topic_drafts.h"
#include "catalog/topic_file.h"

namespace streamline::catalog {

Catalog::Catalog(CatalogOptions options, fs::FileSystem& file_system, const config::Properties& properties, TopicObserver& observer)
    : options_(std::move(options)),
      file_system_(file_system),
      properties_(properties),
      observer_(observer),
      topics_(std::make_shared<const TopicMap>()) {}

std::string Catalog::directory_of(std::string_view name) const { return fs::join_path(options_.topics_dir, name); }

bool Catalog::is_internal(std::string_view name) const {
  return std::ranges::find(options_.internal_topics, name) != options_.internal_topics.end();
}

std::shared_ptr<const TopicMap> Catalog::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return topics_;
}

void Catalog::publish(TopicMap topics) {
  auto next = std::make_shared<const TopicMap>(std::move(topics));
  {
    const std::lock_guard lock(snapshot_mutex_);
    topics_.swap(next);
  }
  version_.fetch_add(1, std::memory_order_release);
}

Result<TopicPtr> Catalog::existing(std::string_view name) const {
  TopicPtr topic = snapshot()->share(name);
  if (topic == nullptr) return fail(Errc::not_found, "This server does not host this topic-partition.");
  return topic;
}

Result<LoadReport> Catalog::load() {
  const std::lock_guard lock(change_mutex_);
  if (Status made = file_system_.make_directories(options_.topics_dir); !made) return fail_with(std::move(made));
  Result<std::vector<std::string>> names = file_system_.list(options_.topics_dir);
  if (!names) return fail_with(std::move(names));
  LoadReport report;
  std::vector<Topic> read;
  std::vector<TopicPtr> topics;
  IdOwners owners;
  for (const std::string& name : *names) {
    if (name.starts_with(kDraftPrefix)) {
      if (Status removed = file_system_.remove_all(directory_of(name)); !removed) return fail_with(std::move(removed));
      ++report.leftovers_removed;
      continue;
    }
    Result<Topic> topic = read_one(name, owners);
    if (topic) read.push_back(*std::move(topic));
    if (!topic) report.refused.push_back(std::move(topic).error());
  }
  observer_.prepare(read);
  for (Topic& one : read) {
    const std::string name = one.name;
    Result<TopicPtr> topic = attached(std::move(one), nullptr);
    if (topic) topics.push_back(*std::move(topic));
    if (!topic) report.refused.push_back({topic.error().code, fmt::format("topic {}: {}", name, topic.error().text)});
  }
  report.loaded = topics.size();
  publish(TopicMap::of(std::move(topics)));
  return report;
}

Result<Topic> Catalog::read_one(const std::string& name, IdOwners& owners) {
  const std::string path = fs::join_path(directory_of(name), kTopicFileName);
  if (Status checked = check_topic_name(name); !checked)
    return fail(checked.error().code, directory_of(name) + ": " + checked.error().text);
  Result<std::vector<std::byte>> bytes = file_system_.read_file(path, kMaxTopicFileBytes);
  if (!bytes) return fail(bytes.error().code, fmt::format("{}: {}", path, bytes.error().text));
  Result<Topic> read = read_topic_file(as_text(*bytes));
  if (!read) return fail(read.error().code, fmt::format("{}: {}", path, read.error().text));
  // Somebody copied a topic's directory; two topics of one id would take each other's records.
  if (const auto [owner, is_new] = owners.try_emplace(read->id, name); !is_new) {
    return fail(Errc::conflict, fmt::format("{}: topic {} has the same id", path, owner->second));
  }
  read->name = name;
  read->internal = is_internal(name);
  if (Status checked = config::check_topic_config(read->configs); !checked) {
    return fail(checked.error().code, fmt::format("{}: {}", path, checked.error().text));
  }
  return read;
}

Result<Topic> Catalog::check(const NewTopic& wanted) const { return check_against(*snapshot(), wanted); }

Result<Topic> Catalog::check_against(const TopicMap& topics, const NewTopic& wanted) const {
  if (Status checked = check_topic_name(wanted.name); !checked) return fail_with(std::move(checked));
  if (topics.find(wanted.name) != nullptr) return fail(Errc::already_exists, fmt::format("Topic '{}' already exists.", wanted.name));
  if (const Topic* other = topics.find_collision(wanted.name)) {
    return fail(Errc::invalid_topic_name, fmt::format("Topic '{}' collides with existing topic: {}", wanted.name, other->name));
  }
  Result<std::int32_t> count = partition_count_of(wanted, properties_, options_.node_id);
  if (!count) return fail_with(std::move(count));
  if (Status checked = config::check_topic_config(wanted.configs); !checked) return fail_with(std::move(checked));
  Topic topic;
  topic.name = wanted.name;
  topic.partition_count = *count;
  topic.configs = wanted.configs;
  topic.internal = is_internal(wanted.name);
  return topic;
}

Result<TopicPtr> Catalog::create(const NewTopic& wanted, std::int64_t now_ms) {
  std::vector<Result<TopicPtr>> made = create_all(std::span(&wanted, 1), now_ms);
  return std::move(made.front());
}

std::vector<Result<TopicPtr>> Catalog::create_all(std::span<const NewTopic> wanted, std::int64_t now_ms) {
  const std::lock_guard lock(change_mutex_);
  std::vector<Result<TopicPtr>> results = write_all(wanted, now_ms);
  if (std::ranges::none_of(results, [](const auto& result) { return result.has_value(); })) return results;
  const Status synced = file_system_.sync_directory(options_.topics_dir);
  TopicMap topics = *snapshot();
  for (Result<TopicPtr>& result : results) {
    if (!result) continue;
    const TopicPtr written = *result;
    result = synced ? attached(*written, nullptr) : Result<TopicPtr>(std::unexpected(synced.error()));
    if (result)
      topics = topics.with(*result);
    else
      result = fail_with(take_back(*written, std::move(result).error()));
  }
  publish(std::move(topics));
  return results;
}

/// The topics' directories under their names; not yet durable.
std::vector<Result<TopicPtr>> Catalog::write_all(std::span<const NewTopic> wanted, std::int64_t now_ms) {
  TopicMap topics = *snapshot();
  TopicDrafts drafts(file_system_, options_.topics_dir);
  std::vector<Result<TopicPtr>> results;
  results.reserve(wanted.size());
  std::vector<std::size_t> drafted;  // places in results
  const auto place = [&] {
    std::vector<Status> placed = drafts.place();
    for (std::size_t i = 0; i < placed.size(); ++i) {
      if (!placed[i]) results[drafted[i]] = fail_with(std::move(placed[i]));
    }
    drafted.clear();
  };
  for (const NewTopic& one : wanted) {
    results.push_back(draft(topics, one, now_ms, drafts));
    if (!results.back()) continue;
    topics = topics.with(*results.back());
    drafted.push_back(results.size() - 1);
    if (drafts.is_full()) place();
  }
  place();
  return results;
}

Result<TopicPtr> Catalog::draft(const TopicMap& topics, const NewTopic& wanted, std::int64_t now_ms, TopicDrafts& drafts) {
  Result<Topic> checked = check_against(topics, wanted);
  if (!checked) return fail_with(std::move(checked));
  if (Status admitted = observer_.admit(); !admitted) return fail_with(std::move(admitted));
  auto topic = std::make_shared<Topic>(*std::move(checked));
  topic->id = TopicId::random();
  topic->created_ms = now_ms;
  if (Status written = drafts.write(*topic); !written) return fail_with(std::move(written));
  return TopicPtr(std::move(topic));
}

/// `topic` with an attachment of its own.
Result<TopicPtr> Catalog::attached(Topic topic, const Topic* before) {
  Result<std::shared_ptr<TopicAttachment>> attachment = observer_.attach(topic, before);
  if (!attachment) return fail_with(std::move(attachment));
  topic.attachment = *std::move(attachment);
  return std::make_shared<const Topic>(std::move(topic));
}

/// Removes a topic that nobody saw, by way of its draft's name, so that a crash on the way leaves something load() removes.
/// Returns `why`, with what else went wrong.
Status Catalog::take_back(const Topic& topic, Error why) {
  const std::string draft = draft_path(options_.topics_dir, topic.id);
  Status removed = file_system_.rename(directory_of(topic.name), draft);
  if (removed) removed = file_system_.sync_directory(options_.topics_dir);
  if (removed) removed = file_system_.remove_all(draft);
  if (!removed) why.text += fmt::format(" (then: {})", removed.error().text);
  return fail(why.code, std::move(why.text));
}

Status Catalog::check_growth(const PartitionGrowth& growth) const {
  Result<TopicPtr> topic = existing(growth.name);
  if (!topic) return fail_with(std::move(topic));
  return check_partition_growth(growth, (*topic)->partition_count, options_.node_id);
}

Result<TopicPtr> Catalog::add_partitions(const PartitionGrowth& growth) {
  const std::lock_guard lock(change_mutex_);
  if (Status checked = check_growth(growth); !checked) return fail_with(std::move(checked));
  if (Status admitted = observer_.admit(); !admitted) return fail_with(std::move(admitted));
  Result<TopicPtr> before = existing(growth.name);
  if (!before) return before;
  Topic after = **before;
  after.partition_count = growth.total_count;
  return replace(**before, std::move(after));
}

Result<TopicPtr> Catalog::change_configs(std::string_view name, const ConfigsChange& change) {
  const std::lock_guard lock(change_mutex_);
  Result<TopicPtr> before = existing(name);
  if (!before) return before;
  Result<config::TopicConfigMap> configs = change((*before)->configs);
  if (!configs) return fail_with(std::move(configs));
  if (Status checked = config::check_topic_config(*configs); !checked) return fail_with(std::move(checked));
  Topic after = **before;
  after.configs = *std::move(configs);
  return replace(**before, std::move(after));
}

void Catalog::attach_anew() {
  const std::lock_guard lock(change_mutex_);
  std::vector<TopicPtr> topics;
  const std::shared_ptr<const TopicMap> before = snapshot();
  before->for_each([&](const Topic& topic) {
    Result<TopicPtr> again = attached(topic, &topic);
    topics.push_back(again ? *std::move(again) : before->share(topic.id));
  });
  publish(TopicMap::of(std::move(topics)));
}

Status Catalog::write_file(const Topic& topic) {
  const std::string text = write_topic_file(topic);
  return fs::replace_file(file_system_, fs::join_path(directory_of(topic.name), kTopicFileName), as_bytes(text));
}

Result<TopicPtr> Catalog::replace(const Topic& before, Topic after) {
  Status written = write_file(after);
  Result<TopicPtr> topic = written ? attached(std::move(after), &before) : Result<TopicPtr>(fail_with(std::move(written)));
  if (topic) {
    publish(snapshot()->with(*topic));
    return topic;
  }
  // The new file may be in place: put the old one back, or the refused change would appear at the next start.
  Error why = std::move(topic).error();
  if (Status restored = write_file(before); !restored) why.text += fmt::format(" (then: {})", restored.error().text);
  return fail(why.code, std::move(why.text));
}

Status Catalog::remove(const Topic& topic) {
  const std::lock_guard lock(change_mutex_);
  // Its options may have changed since the caller looked; its identity cannot.
  const TopicPtr current = snapshot()->share(topic.id);
  if (current == nullptr) return fail(Errc::not_found, "This server does not host this topic-partition.");
  publish(snapshot()->without(current->name));
  Status removed = observer_.remove(*current);
  if (removed) return removed;
  Error why = std::move(removed).error();
  Result<TopicPtr> restored = attached(*current, nullptr);
  if (restored)
    publish(snapshot()->with(*restored));
  else
    why.text += fmt::format(" (then: {})", restored.error().text);
  return fail(why.code, std::move(why.text));
}

}  // namespace streamline::catalog
