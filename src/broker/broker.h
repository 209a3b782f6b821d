// Broker: owns the parts (files, catalog, partitions, pool, syncer, one shard per reactor) and knows what every part needs of another.
// Thread rule: open() and close() by one thread; the rest says its own. Lock order: see README.md.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "async/clock.h"
#include "base/result.h"
#include "broker/address_watch.h"
#include "broker/api.h"
#include "broker/client_quotas.h"
#include "broker/client_telemetry.h"
#include "broker/coordinator/group_coordinators.h"
#include "broker/coordinator/produce_verifier.h"
#include "broker/coordinator/transaction_coordinators.h"
#include "broker/disk_guard.h"
#include "broker/dispatcher.h"
#include "broker/housekeeper.h"
#include "broker/partition.h"
#include "broker/pool.h"
#include "broker/request.h"
#include "broker/syncer.h"
#include "catalog/catalog.h"
#include "catalog/named_configs.h"
#include "config/properties.h"
#include "config/server_config.h"
#include "fs/file_system.h"
#include "storage/log_store.h"

namespace streamline::broker {

class Compactor;
class Shard;
class TransactionVerifier;

class Broker final : public Dispatcher, public catalog::TopicObserver {
 public:
  struct Surroundings {
    const config::ServerConfig& config;
    const config::Properties& properties;  // outlives the broker
    fs::FileSystem& file_system;           // outlives the broker
    const Clock& clock;                    // outlives the broker
    ApiTable apis;                         // static
    std::chrono::nanoseconds quick_sync = Syncer::kQuick;
  };
  /// Opens the data directory and every partition. Errors: LogStore::open's, Catalog::load's, and that of
  /// the file of catalog::kBrokerConfigs.
  static Result<std::unique_ptr<Broker>> open(const Surroundings& surroundings);
  ~Broker() override;
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Orderly stop, after the last reactor ended: syncs everything and marks the directory clean.
  Status close();

  void attach(net::Reactor& reactor, int reactor_index) override;
  void drain(int reactor_index) override;
  void detach(net::Reactor& reactor, int reactor_index) override;
  net::FrameHandler& frame_handler(int reactor_index) override;
  void end_of_turn(int reactor_index) override;
  std::int64_t connection_wait_ms(const net::Address& peer) override;

  const config::ServerConfig& config() const { return config_; }
  /// As they are now, with what clients set while the broker runs. Any thread.
  std::shared_ptr<const config::Properties> properties() const;
  const Clock& clock() const { return clock_; }
  ApiTable apis() const { return apis_; }
  /// nullptr when that key has no handler.
  const Api* find_api(std::int16_t key) const;
  catalog::Catalog& catalog() { return *catalog_; }
  catalog::NamedConfigs& group_configs() { return group_configs_.value(); }
  catalog::NamedConfigs& broker_configs() { return broker_configs_.value(); }
  /// What is set on brokers has changed: takes it into force. May block.
  void reconfigure();
  /// What was loaded at the start reads like this now; what clients set stays above it. invalid_config: both together make no
  /// configuration, and nothing changes. May block.
  Status reload(config::Properties loaded);
  /// Told of the whole configuration now, and with each reconfigure() from now on, one call at a time; an empty one ends that. From any
  /// thread; what it was told before does not run any more when this returns.
  using ConfigWatcher = std::function<void(const config::ServerConfig&)>;
  void watch_config(ConfigWatcher watcher);
  catalog::NamedConfigs& client_quotas() { return client_quotas_.value(); }
  /// What client_quotas() says has changed.
  void quotas_changed();
  ClientQuotas& quotas() { return *quotas_; }
  catalog::NamedConfigs& client_metrics() { return client_metrics_.value(); }
  /// What client_metrics() says has changed.
  void client_metrics_changed();
  ClientTelemetry& telemetry() { return telemetry_; }
  catalog::NamedConfigs& feature_levels() { return feature_levels_.value(); }
  storage::LogStore& store() { return *store_; }
  Pool& pool() { return *pool_; }
  DiskGuard& disk() { return *disk_; }
  GroupCoordinators& groups() { return groups_; }
  TransactionCoordinators& transactions() { return transactions_; }
  /// Any thread. Null before attach().
  Shard* shard(int index) const { return shards_[static_cast<std::size_t>(index)].load(std::memory_order_acquire); }
  /// False when the files of a topic could not be read at the start.
  bool knows_all_topics() const { return knows_all_topics_; }
  std::string cluster_id() const { return store_->cluster_id().to_string(); }
  std::int32_t node_id() const { return config_.node_id; }
  /// What Metadata answers to a client that came this way. Where it is an advertised address, whether the client comes back is watched.
  Endpoint tell_endpoint(const net::ConnectionOrigin& origin);
  /// Clients are told addresses that they may not reach.
  bool watches_addresses() const { return !config_.listeners.advertised.empty(); }
  AddressWatch& address_watch() { return address_watch_; }
  /// Any thread. New blocks of ids are fetched ahead on the pool; whoever finds none left waits for a file.
  Result<ProducerId> next_producer_id();
  /// What the start had to recover, for its log line.
  storage::RecoveryReport recovery() const { return store_->report(); }

  /// Any thread that may wait for a write: appends, tells the syncer and whoever waits. For the broker's own batches; a partition that
  /// is closed answers Errc::closed.
  storage::AppendSummary append(Partition& partition, std::span<storage::AppendItem* const> items, Shard* here);
  /// Whom Produce asks about transactions; null while nobody coordinates them. Set before attach().
  TransactionVerifier* transaction_verifier() const { return transaction_verifier_; }
  void set_transaction_verifier(TransactionVerifier* verifier) { transaction_verifier_ = verifier; }

  struct Appended {
    std::int64_t bytes = 0;
    std::int64_t records = 0;
  };
  /// The holder of partition.mutex() tells of an append; answers how many bytes are visible at once. `here` is the caller's own shard,
  /// if it has one: it decides where the sync runs that acks wait for.
  std::int64_t appended(Partition& partition, const Appended& what, Shard* here);
  /// The holder of partition.mutex() tells that its log is stopped: it is restored as soon as the disk lets it.
  Syncer& syncer() { return *syncer_; }
  void log_stopped(Partition& partition) { syncer_->stopped(partition.shared_from_this()); }
  /// Any thread: how full the disk is, is looked at soon: something was written, or found no space.
  void watch_disk();
  /// Any thread: `bytes` more are visible, or (0) the partition's state changed. `here` is the caller's own shard, if it has one.
  void tell_progress(Partition& partition, std::int64_t bytes, Shard* here);
  /// Any thread: ends the fetch session of that id, wherever it lives.
  void close_fetch_session(std::int32_t id);
  /// Bytes that may still be written to the data directory.
  Result<std::uint64_t> free_bytes() { return fs_.free_bytes(store_->layout().root()); }
  /// Plain options of a topic's logs.
  storage::LogOptions log_options(const config::TopicOptions& topic) const;

 private:
  explicit Broker(const Surroundings& surroundings);
  Status start();
  std::size_t open_segments() const;
  Status load_named_configs();
  std::shared_ptr<const config::Properties> merged_properties() const;
  void renew_properties(std::shared_ptr<const config::Properties> next);
  void take_effect(const config::ServerConfig& config);
  void prepare(std::span<const catalog::Topic> loaded) override;
  Status admit() override;
  Result<std::shared_ptr<catalog::TopicAttachment>> attach(const catalog::Topic& after, const catalog::Topic* before) override;
  Status remove(const catalog::Topic& topic) override;
  void schedule_checkpoint();
  void name_lost_clients();
  void purge();
  void fetch_producer_ids();

  const config::ServerConfig config_;
  const config::Properties& loaded_;  // at the start, without what clients set
  fs::FileSystem& fs_;
  const Clock& clock_;
  const ApiTable apis_;
  const std::chrono::nanoseconds quick_sync_;
  std::vector<const Api*> api_by_key_;  // those of Kafka's; ours lie far above

  std::unique_ptr<storage::LogStore> store_;
  std::unique_ptr<DiskGuard> disk_;
  std::unique_ptr<catalog::Catalog> catalog_;
  // Made by start().
  std::optional<catalog::NamedConfigs> group_configs_;
  std::optional<catalog::NamedConfigs> broker_configs_;
  std::optional<catalog::NamedConfigs> client_metrics_;
  ClientTelemetry telemetry_;
  std::optional<catalog::NamedConfigs> client_quotas_;
  std::optional<catalog::NamedConfigs> feature_levels_;
  std::unique_ptr<ClientQuotas> quotas_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Pool> sync_pool_;       // apart, so that no client's long request holds up everybody's acks
  std::unique_ptr<Compactor> compactor_;  // null when it is switched off
  std::atomic<std::uint32_t> next_partition_number_{0};
  std::atomic<bool> checkpoint_scheduled_{false};
  std::atomic<bool> disk_check_scheduled_{false};
  AddressWatch address_watch_;
  bool knows_all_topics_ = true;  // set by start()
  TransactionVerifier* transaction_verifier_ = nullptr;
  GroupCoordinators groups_{*this};
  TransactionCoordinators transactions_{*this};
  ProduceVerifier produce_verifier_{transactions_};

  std::mutex shards_mutex_;  // guards the making and unmaking of shards
  std::vector<std::unique_ptr<Shard>> owned_shards_;
  std::array<std::atomic<Shard*>, kMaxReactors> shards_{};

  std::mutex reconfigure_mutex_;         // held over a whole reconfigure(); no reactor takes it
  ConfigWatcher config_watcher_;         // guarded by reconfigure_mutex_
  config::Properties reloaded_;          // guarded by reconfigure_mutex_: loaded_, as it reads now
  std::mutex rules_mutex_;               // held from looking at what is set on clients until it is in force: the last look wins
  mutable std::mutex properties_mutex_;  // guards properties_, held for the copy of a pointer
  std::shared_ptr<const config::Properties> properties_;

  std::mutex producer_ids_mutex_;
  storage::ProducerIdBlock producer_ids_;
  storage::ProducerIdBlock next_producer_ids_;  // what follows
  bool fetching_producer_ids_ = false;
};

}  // namespace streamline::broker
