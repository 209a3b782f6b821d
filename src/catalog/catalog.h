// The topics of this broker: names, ids, partition counts and configs, kept in topics/{topic}/metadata.json.
// Thread rule: snapshot() and version() from any thread; changes from any thread that may block (they sync files), one after the other.
// What a change returned successfully survives a crash; what it refused or failed to do leaves nothing behind.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "catalog/topic_map.h"
#include "config/properties.h"
#include "fs/file_system.h"

namespace streamline::catalog {

class TopicDrafts;

inline constexpr std::int32_t kUseDefault = -1;
/// More partitions in one topic are refused: each costs files and memory.
inline constexpr std::int32_t kMaxPartitionsPerTopic = 100'000;

/// Brokers of one partition, as CreateTopics names them.
struct Assignment {
  std::int32_t partition = 0;
  std::vector<std::int32_t> broker_ids;
};
struct NewTopic {
  std::string name;
  std::int32_t partition_count = kUseDefault;     ///< -1 = num.partitions
  std::int32_t replication_factor = kUseDefault;  ///< -1 = default.replication.factor
  std::vector<Assignment> assignments = {};       ///< excludes both counts
  config::TopicConfigMap configs = {};
};
struct PartitionGrowth {
  std::string name;
  std::int32_t total_count = 0;
  /// Brokers of each new partition; nullopt = the broker chooses.
  std::optional<std::vector<std::vector<std::int32_t>>> assignments = std::nullopt;
};

/// The upper room's part in a change, called on the thread that makes it, under the catalog's change lock.
class TopicObserver {
 public:
  virtual ~TopicObserver() = default;
  /// Before the topics of load() are attached one by one, those that could be read: what takes long may be done for all at once.
  virtual void prepare(std::span<const Topic> /*loaded*/) {}
  /// Before a new topic, or one with more partitions, is written: whether there is room for it.
  virtual Status admit() { return {}; }
  /// A topic was loaded, made, grown or reconfigured, durably: makes the attachment of `after`, before snapshot() shows it. `before` is
  /// nullptr for a new or a loaded one. A failure must leave nothing open; it takes the change back (a loaded topic is refused).
  virtual Result<std::shared_ptr<TopicAttachment>> attach(const Topic& after, const Topic* before) = 0;
  /// The topic is gone from snapshot(): closes what attach() opened and makes topics/{name} vanish from the disk for good
  /// (LogStore::remove_topic). After a failure the topic is attached anew.
  virtual Status remove(const Topic& topic) = 0;
};

struct CatalogOptions {
  std::string topics_dir;    ///< {data}/topics; made when absent
  std::int32_t node_id = 1;  ///< the only broker an assignment may name
  std::vector<std::string> internal_topics = {"__consumer_offsets", "__transaction_state", "__share_group_state"};
};

/// What load() could not take up.
struct LoadReport {
  std::size_t loaded = 0;
  std::size_t leftovers_removed = 0;  ///< half-made topics
  std::vector<Error> refused;         ///< one per topic directory whose metadata.json cannot be read; it names the file
};

class Catalog {
 public:
  /// `properties` gives defaults for counts.
  Catalog(CatalogOptions options, fs::FileSystem& file_system, const config::Properties& properties, TopicObserver& observer);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// Reads the directory; once, before anything else.
  Result<LoadReport> load();

  /// The current topics.
  std::shared_ptr<const TopicMap> snapshot() const;
  /// Rises with each change: a reactor keeps its snapshot for as long as this stays the same.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  /// What create() would say, without making anything: the topic as it would be (id zero).
  Result<Topic> check(const NewTopic& wanted) const;
  /// Errors: invalid_topic_name (also collisions), already_exists, invalid_partitions, invalid_replication_factor,
  /// invalid_replica_assignment, invalid_argument (counts beside an assignment), invalid_config, io ...
  Result<TopicPtr> create(const NewTopic& wanted, std::int64_t now_ms);
  /// Many at once share the waits for the disk; one answer each, in order.
  std::vector<Result<TopicPtr>> create_all(std::span<const NewTopic> wanted, std::int64_t now_ms);

  /// What add_partitions() would say. Errors: not_found, invalid_partitions (only growth), invalid_replica_assignment.
  Status check_growth(const PartitionGrowth& growth) const;
  Result<TopicPtr> add_partitions(const PartitionGrowth& growth);

  /// Replaces the topic's own configs by what `change` makes of them; no other change comes in between.
  /// Errors: not_found, change's, invalid_config.
  using ConfigsChange = std::function<Result<config::TopicConfigMap>(const config::TopicConfigMap&)>;
  Result<TopicPtr> change_configs(std::string_view name, const ConfigsChange& change);

  /// What all topics inherit has changed: the observer makes every attachment anew. One that fails stays as it is.
  void attach_anew();

  /// Removes this very topic: not_found when it is gone, also when another took its name meanwhile.
  Status remove(const Topic& topic);

 private:
  using IdOwners = std::unordered_map<TopicId, std::string>;

  Result<Topic> read_one(const std::string& name, IdOwners& owners);
  Result<Topic> check_against(const TopicMap& topics, const NewTopic& wanted) const;
  std::vector<Result<TopicPtr>> write_all(std::span<const NewTopic> wanted, std::int64_t now_ms);
  Result<TopicPtr> draft(const TopicMap& topics, const NewTopic& wanted, std::int64_t now_ms, TopicDrafts& drafts);
  Result<TopicPtr> attached(Topic topic, const Topic* before);
  Status take_back(const Topic& topic, Error why);
  Status write_file(const Topic& topic);
  Result<TopicPtr> replace(const Topic& before, Topic after);
  Result<TopicPtr> existing(std::string_view name) const;
  void publish(TopicMap topics);
  bool is_internal(std::string_view name) const;
  std::string directory_of(std::string_view name) const;

  const CatalogOptions options_;
  fs::FileSystem& file_system_;
  const config::Properties& properties_;
  TopicObserver& observer_;

  std::mutex change_mutex_;            // held over a whole change, files and all; no reactor ever takes it
  mutable std::mutex snapshot_mutex_;  // guards topics_, held for the copy of a pointer
  std::shared_ptr<const TopicMap> topics_;
  std::atomic<std::uint64_t> version_{1};
};

/// Kafka's rules for a topic's name: Errc::invalid_topic_name (kafka-rules 19).
Status check_topic_name(std::string_view name);

}  // namespace streamline::catalog
