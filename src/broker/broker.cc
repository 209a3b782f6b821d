// Start and stop of the broker, the making of partitions, and progress.
#include "broker/broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/compactor.h"
#include "broker/log_opener.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"
#include "fs/posix_file_system.h"

namespace streamline::broker {

namespace {

constexpr std::chrono::milliseconds kCheckpointInterval{5000};
/// Keys below are found by their number; those that Kafka hands out are.
constexpr std::size_t kIndexedKeys = 1024;
/// They sleep in fdatasync, one file each: a disk takes more of them a second the more there are at once, up to about so many.
constexpr std::size_t kMostSyncThreads = 16;
/// After a write, and for as long as space is short.
constexpr std::chrono::milliseconds kDiskCheckInterval{1000};
/// From the answer that named an address; a little more than its patience, so that one look is enough.
constexpr std::chrono::milliseconds kAddressCheckDelay{AddressWatch::kPatienceMs + 100};
/// Time between two syncs of a topic in mode `interval` that sets no flush.ms.
constexpr std::int64_t kDefaultFlushMs = 1000;
/// Of a block of producer ids: then the next one is fetched.
constexpr std::int64_t kIdsLeftToFetch = 500;

storage::Durability durability_of(config::Durability durability) {
  switch (durability) {
    case config::Durability::always: return storage::Durability::always;
    case config::Durability::interval: return storage::Durability::interval;
    case config::Durability::none: return storage::Durability::none;
  }
  return storage::Durability::always;
}

/// A client that came there by this very address may go on with the connection it has.
bool is_same_place(const config::Listener& advertised, const net::Address& local) {
  if (advertised.port != local.port()) return false;
  return advertised.host == local.host() || (advertised.host == "localhost" && local.is_loopback());
}

}  // namespace

static_assert(config::kMaxReactors <= static_cast<std::size_t>(kMaxReactors), "a partition has a bit for each reactor");

Broker::Broker(const Surroundings& from)
    : config_(from.config),
      loaded_(from.properties),
      fs_(from.file_system),
      clock_(from.clock),
      apis_(from.apis),
      quick_sync_(from.quick_sync),
      reloaded_(from.properties),
      properties_(std::make_shared<const config::Properties>(from.properties)) {
  set_transaction_verifier(&produce_verifier_);
  for (const Api& api : apis_) {
    const auto key = static_cast<std::size_t>(api.key);
    if (key >= kIndexedKeys) continue;
    if (key >= api_by_key_.size()) api_by_key_.resize(key + 1, nullptr);
    api_by_key_[key] = &api;
  }
}

Broker::~Broker() {
  compactor_.reset();
  if (pool_) pool_->stop();
  if (sync_pool_) sync_pool_->stop();
}

Result<std::unique_ptr<Broker>> Broker::open(const Surroundings& surroundings) {
  std::unique_ptr<Broker> broker(new Broker(surroundings));
  if (Status started = broker->start(); !started) return fail_with(std::move(started));
  return broker;
}

std::size_t Broker::open_segments() const {
  if (config_.open_segments_max > 0) return static_cast<std::size_t>(config_.open_segments_max);
  return std::max<std::size_t>(fs::descriptor_limit() / 2, 16);
}

Status Broker::start() {
  storage::StoreOptions options;
  options.data_directory = config_.data_dir;
  options.node_id = NodeId(config_.node_id);
  options.boot_id = storage::current_boot_id(fs_);
  options.most_open_files = open_segments();
  auto store = storage::LogStore::open(fs_, options);
  if (!store) return fail_with(std::move(store));
  store_ = std::move(*store);
  disk_ = std::make_unique<DiskGuard>(fs_, config_.data_dir,
                                      DiskGuard::Thresholds{.low_bytes = static_cast<std::uint64_t>(config_.space_alert_bytes),
                                                            .full_bytes = static_cast<std::uint64_t>(config_.min_free_bytes)});
  pool_ = std::make_unique<Pool>(config_.pool_threads);
  sync_pool_ = std::make_unique<Pool>(kMostSyncThreads);
  Syncer::Calls calls;
  calls.on_progress = [this](const std::shared_ptr<Partition>& partition, std::int64_t bytes, Shard* here) {
    tell_progress(*partition, bytes, here);
  };
  calls.restore = [this](storage::Log& log) { return store_->restore_log(log, WallTime{clock_.wall_ms()}); };
  syncer_ = std::make_unique<Syncer>(*sync_pool_, std::move(calls), quick_sync_);
  catalog::CatalogOptions catalog_options;
  catalog_options.topics_dir = store_->layout().topics();
  catalog_options.node_id = config_.node_id;
  catalog_ = std::make_unique<catalog::Catalog>(catalog_options, store_->file_system(), loaded_, *this);
  if (Status loaded = load_named_configs(); !loaded) return loaded;
  auto report = catalog_->load();
  if (!report) return fail_with(std::move(report));
  knows_all_topics_ = report->refused.empty();
  for (const Error& refused : report->refused) log::error("catalog", "topic is not served cause={}", refused.text);
  pool_->submit([this] { purge(); });
  if (config_.compaction) {
    const auto config = config::make_server_config(*properties());
    compactor_ = std::make_unique<Compactor>(*store_, clock_, *catalog_, compactor_options(config ? *config : config_));
  }
  housekeeper_ = std::make_unique<Housekeeper>(
      Housekeeper::Surroundings{.pool = *pool_,
                                .clock = clock_,
                                .catalog = *catalog_,
                                .store = *store_,
                                .check_interval_ms = config_.retention_check_interval_ms,
                                .on_start_moved = [this](Partition& partition) { tell_progress(partition, 0, nullptr); }});
  housekeeper_->start();
  if (disk_->check() != DiskGuard::Level::fine) watch_disk();
  return {};
}

Status Broker::load_named_configs() {
  const auto open = [this](std::optional<catalog::NamedConfigs>& configs, const catalog::NamedKind& kind) {
    configs.emplace(kind, store_->file_system(), store_->layout().root());
    return configs->load();
  };
  const auto load = [&](std::optional<catalog::NamedConfigs>& configs, const catalog::NamedKind& kind) {
    const Status loaded = open(configs, kind);
    if (!loaded) log::error("catalog", "what was set on {} does not count cause={}", kind.all, loaded.error().text);
  };
  // It may say how long records are kept: those that a default would let go do not come back.
  if (const Status loaded = open(broker_configs_, catalog::kBrokerConfigs); !loaded) {
    const bool is_torn = loaded.error().code == Errc::malformed;
    return fail(is_torn ? Errc::corrupt : loaded.error().code,
                fmt::format("{}; mend the file, or take it away to go on without what was set on brokers", loaded.error().text));
  }
  load(group_configs_, catalog::kGroupConfigs);
  load(client_metrics_, catalog::kClientMetrics);
  client_metrics_changed();
  load(client_quotas_, catalog::kClientQuotas);
  load(feature_levels_, catalog::kFeatureLevels);
  quotas_ = std::make_unique<ClientQuotas>(
      ClientQuotas::Windows{.clients = {.samples = config_.quotas.samples, .sample_ms = config_.quotas.sample_ms},
                            .mutations = {.samples = config_.quotas.mutation_samples, .sample_ms = config_.quotas.mutation_sample_ms}});
  quotas_changed();
  renew_properties(merged_properties());
  return {};
}

void Broker::prepare(std::span<const catalog::Topic> loaded) {
  std::vector<LogOpener::Wanted> wanted;
  wanted.reserve(loaded.size());
  for (const catalog::Topic& topic : loaded) {
    wanted.push_back({.name = topic.name,
                      .id = topic.id,
                      .partition_count = topic.partition_count,
                      .options = log_options(config::topic_options(topic.configs, *properties()))});
  }
  LogOpener opener(*store_, wanted, WallTime{clock_.wall_ms()});
  opener.run(*pool_, static_cast<int>(config_.pool_threads));
}

Status Broker::admit() {
  if (disk_->refuses_writes()) return std::unexpected(disk_->refusal());
  return {};
}

Status Broker::close() {
  compactor_.reset();
  catalog_->snapshot()->for_each([](const catalog::Topic& topic) {
    for (const auto& partition : partitions_of(topic).partitions) partition->close();
  });
  pool_->stop();
  sync_pool_->stop();
  return store_->close(WallTime{clock_.wall_ms()});
}

void Broker::attach(net::Reactor& reactor, int reactor_index) {
  const std::lock_guard lock(shards_mutex_);
  owned_shards_.push_back(std::make_unique<Shard>(*this, reactor, reactor_index));
  shards_[static_cast<std::size_t>(reactor_index)].store(owned_shards_.back().get(), std::memory_order_release);
  // What was decided before the last stop is carried out, and what is open is watched, before anybody asks.
  if (reactor_index == 0) transactions_.start_loads();
}

void Broker::drain(int reactor_index) { shard(reactor_index)->drain(); }

void Broker::detach(net::Reactor&, int reactor_index) {
  // The object stays until the broker goes: a pool thread may be about to tell it of something.
  shard(reactor_index)->shut_down();
}

net::FrameHandler& Broker::frame_handler(int reactor_index) { return *shard(reactor_index); }

void Broker::end_of_turn(int reactor_index) { shard(reactor_index)->end_of_turn(); }

std::int64_t Broker::connection_wait_ms(const net::Address& peer) {
  return quotas_->is_active() ? quotas_->connect(peer.host(), clock_.monotonic_ms()) : 0;
}

const Api* Broker::find_api(std::int16_t key) const {
  if (key < 0) return nullptr;
  if (static_cast<std::size_t>(key) < api_by_key_.size()) return api_by_key_[static_cast<std::size_t>(key)];
  const auto found = std::ranges::find(apis_, static_cast<wire::ApiKey>(key), &Api::key);
  return found == apis_.end() ? nullptr : &*found;
}

Endpoint Broker::tell_endpoint(const net::ConnectionOrigin& origin) {
  for (const config::Listener& listener : config_.listeners.advertised) {
    if (listener.name != origin.listener_name) continue;
    if (is_same_place(listener, origin.local)) return {listener.host, listener.port};
    const bool waits = address_watch_.told(origin.peer.host(), config::to_string(listener), clock_.monotonic_ms());
    if (waits) pool_->submit_after(kAddressCheckDelay, [this] { name_lost_clients(); });
    return {listener.host, listener.port};
  }
  return {origin.local.host(), origin.local.port()};
}

void Broker::name_lost_clients() {
  for (const AddressWatch::Lost& lost : address_watch_.take_lost(clock_.monotonic_ms())) {
    log::warn("net",
              "a client was told an advertised address and has not come back to it; if it cannot reach it, change advertised.listeners "
              "(--advertise) address={} client={} waited_ms={}",
              lost.address, lost.client, lost.waited_ms);
  }
}

Result<ProducerId> Broker::next_producer_id() {
  std::unique_lock lock(producer_ids_mutex_);
  if (producer_ids_.count == 0) producer_ids_ = std::exchange(next_producer_ids_, {});
  if (producer_ids_.count == 0) {
    auto block = store_->next_producer_ids();
    if (!block) return fail_with(std::move(block));
    producer_ids_ = *block;
  }
  const ProducerId id = producer_ids_.first;
  producer_ids_.first = ProducerId(id.value + 1);
  --producer_ids_.count;
  const bool is_low = producer_ids_.count < kIdsLeftToFetch && next_producer_ids_.count == 0;
  if (!is_low || std::exchange(fetching_producer_ids_, true)) return id;
  lock.unlock();
  pool_->submit([this] { fetch_producer_ids(); });
  return id;
}

/// A failure is told to whoever finds no id left.
void Broker::fetch_producer_ids() {
  const auto block = store_->next_producer_ids();
  const std::lock_guard lock(producer_ids_mutex_);
  fetching_producer_ids_ = false;
  if (block) next_producer_ids_ = *block;
}

storage::LogOptions Broker::log_options(const config::TopicOptions& topic) const {
  storage::LogOptions options;
  options.segment_bytes = static_cast<std::uint64_t>(topic.segment_bytes);
  // What has to be compacted has to be complete first.
  options.segment_ms = topic.compact ? std::min(topic.segment_ms, topic.max_compaction_lag_ms) : topic.segment_ms;
  options.index_interval_bytes = static_cast<std::uint32_t>(topic.index_interval_bytes);
  options.durability = durability_of(topic.durability);
  options.max_batch_bytes = static_cast<std::size_t>(topic.max_message_bytes);
  options.producer_id_expiration_ms = properties()->int32("producer.id.expiration.ms");
  options.segment_jitter_ms = topic.segment_jitter_ms;
  options.preallocate = topic.preallocate ? storage::Preallocate::whole : storage::Preallocate::ahead;
  using Policy = storage::RetentionOptions::Policy;
  options.retention = {.policy = topic.delete_old ? Policy::by_age_and_size : Policy::requested,
                       .ms = topic.retention_ms,
                       .bytes = topic.retention_bytes,
                       .file_delete_delay_ms = topic.file_delete_delay_ms};
  if (config_.in_memory) {
    options.durability = storage::Durability::none;
    options.preallocate_bytes = 0;
    options.preallocate = storage::Preallocate::ahead;
    options.retention.file_delete_delay_ms = 0;
  }
  return options;
}

Result<std::shared_ptr<catalog::TopicAttachment>> Broker::attach(const catalog::Topic& after, const catalog::Topic* before) {
  auto made = std::make_shared<TopicPartitions>();
  made->options = config::topic_options(after.configs, *properties());
  const storage::LogOptions options = log_options(made->options);
  if (before != nullptr) made->partitions = partitions_of(*before).partitions;
  made->partitions.reserve(static_cast<std::size_t>(after.partition_count));
  const WallTime now{clock_.wall_ms()};
  for (auto index = static_cast<std::int32_t>(made->partitions.size()); index < after.partition_count; ++index) {
    auto log = store_->open_log(after.name, after.id, index, options, now);
    if (!log) return fail_with(std::move(log));
    const std::uint32_t number = next_partition_number_.fetch_add(1);
    made->partitions.push_back(
        std::make_shared<Partition>(number, PartitionId{.topic = after.name, .topic_id = after.id, .index = index}, std::move(*log)));
  }
  const bool has_flush_ms = made->options.flush_ms != std::numeric_limits<std::int64_t>::max();
  const auto flush_ms = std::max<std::int64_t>(has_flush_ms ? made->options.flush_ms : kDefaultFlushMs, 1);
  for (const auto& partition : made->partitions) {
    const std::lock_guard lock(partition->mutex());
    partition->log().set_options(options);
    partition->set_sync_rule({.durability = options.durability,
                              .interval = std::chrono::milliseconds(flush_ms),
                              .flush_messages = made->options.flush_messages});
  }
  // While the catalog loads there is none; then its start takes up every topic.
  if (housekeeper_ != nullptr && before == nullptr) housekeeper_->topic_made(after.id, made->options);
  if (housekeeper_ != nullptr && before != nullptr) housekeeper_->topic_changed(after.id);
  return std::shared_ptr<catalog::TopicAttachment>(std::move(made));
}

Status Broker::remove(const catalog::Topic& topic) {
  Status removed = store_->remove_topic(topic.name, topic.id);
  // Also when that failed: the logs are closed, and the catalog attaches the topic anew.
  for (const auto& partition : partitions_of(topic).partitions) {
    partition->close();
    tell_progress(*partition, 0, nullptr);
  }
  if (removed) {
    groups_.topic_deleted(topic);
    pool_->submit([this] { purge(); });
  }
  return removed;
}

void Broker::purge() {
  const Status purged = store_->purge_removed();
  if (!purged) log::warn("storage", "deleted topics stay on disk cause={}", purged.error().text);
}

storage::AppendSummary Broker::append(Partition& partition, std::span<storage::AppendItem* const> items, Shard* here) {
  storage::AppendSummary summary;
  if (partition.closed()) {
    for (storage::AppendItem* item : items) item->error = Errc::closed;
    return summary;
  }
  std::int64_t visible_bytes = 0;
  {
    const std::lock_guard lock(partition.mutex());
    summary = partition.log().append(items, WallTime{clock_.wall_ms()});
    if (partition.log().is_stopped()) log_stopped(partition);
    if (summary.bytes > 0)
      visible_bytes =
          appended(partition, {.bytes = static_cast<std::int64_t>(summary.bytes), .records = summary.end - summary.first}, here);
  }
  const auto is_full = [](const storage::AppendItem* item) { return item->error == Errc::no_space; };
  if (std::ranges::any_of(items, is_full)) watch_disk();
  if (visible_bytes > 0) tell_progress(partition, visible_bytes, here);
  return summary;
}

std::int64_t Broker::appended(Partition& partition, const Appended& what, Shard* here) {
  if (!checkpoint_scheduled_.load(std::memory_order_relaxed)) schedule_checkpoint();
  if (!disk_check_scheduled_.load(std::memory_order_relaxed)) watch_disk();
  const Partition::SyncRule rule = partition.sync_rule();
  if (rule.durability == storage::Durability::always) {
    syncer_->appended(partition.shared_from_this(), what.bytes, here != nullptr ? &here->syncs() : nullptr);
    return 0;
  }
  if (rule.durability == storage::Durability::interval) {
    syncer_->appended_lazily(partition.shared_from_this(), rule.interval);
    auto& state = partition.sync_state();
    state.unsynced_records += what.records;
    if (state.unsynced_records >= rule.flush_messages) {
      state.unsynced_records = 0;
      syncer_->hurry(partition.shared_from_this());
    }
  }
  return what.bytes;
}

void Broker::schedule_checkpoint() {
  if (checkpoint_scheduled_.exchange(true)) return;
  pool_->submit_after(kCheckpointInterval, [this] {
    checkpoint_scheduled_.store(false);
    if (const Status done = store_->checkpoint(WallTime{clock_.wall_ms()}); !done) {
      log::warn("storage", "checkpoint failed, a restart will scan more cause={}", done.error().text);
    }
  });
}

void Broker::watch_disk() {
  if (disk_check_scheduled_.exchange(true)) return;
  pool_->submit_after(kDiskCheckInterval, [this] {
    disk_check_scheduled_.store(false);
    // An idle broker with room looks no more; the next append begins anew.
    if (disk_->check() != DiskGuard::Level::fine) watch_disk();
  });
}

void Broker::tell_progress(Partition& partition, std::int64_t bytes, Shard* here) {
  std::uint64_t listeners = partition.listeners();
  if (listeners == 0) return;
  for (int index = 0; listeners != 0; ++index, listeners >>= 1) {
    if ((listeners & 1) == 0) continue;
    Shard* target = shard(index);
    if (target == nullptr) continue;
    if (target == here) {
      target->local_progress(partition, bytes);
    } else {
      target->deliver_progress(partition.shared_from_this(), bytes);
    }
  }
}

void Broker::close_fetch_session(std::int32_t id) {
  const int index = id & (kMaxReactors - 1);
  if (Shard* owner = shard(index)) owner->deliver_session_end(id);
}

}  // namespace streamline::broker
