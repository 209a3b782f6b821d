// Copies the loaded properties into plain values.
#include "config/server_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace streamline::config {

namespace {

std::size_t reactor_count(const Properties& properties) {
  const std::int32_t asked = properties.int32("num.network.threads");
  return asked > 0 ? static_cast<std::size_t>(asked) : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxReactors);
}

/// Entries of fetch sessions take about this much each, with their key.
constexpr std::int64_t kSessionPartitionBytes = 512;
constexpr std::int64_t kMostSessionPartitions = 1'000'000;
constexpr std::int64_t kMostPlainBatchBytes = 128 * 1024 * 1024;
/// Below this not even small requests of a few clients find room beside what the program takes itself.
constexpr std::int64_t kLeastMemoryLimit = 32 * 1024 * 1024;

/// Holds every bound on memory to its share of memory.limit.bytes.
Status share_memory(ServerConfig& server) {
  const std::int64_t limit = server.memory_limit_bytes;
  server.fetch_session_partitions = kMostSessionPartitions;
  server.max_plain_batch_bytes = kMostPlainBatchBytes;
  if (limit == 0) return {};
  const std::int64_t landing = static_cast<std::int64_t>(server.reactor_count * server.landing_buffer_bytes);
  const std::int64_t needed = kLeastMemoryLimit + 8 * landing;
  if (limit < needed) {
    return fail(Errc::invalid_config,
                fmt::format("memory.limit.bytes={} is too small: at least {} bytes are needed with num.network.threads={} and "
                            "landing.buffer.bytes={}",
                            limit, needed, server.reactor_count, server.landing_buffer_bytes));
  }
  const std::int64_t requests = limit / 4;
  const bool unbounded = server.max_queued_request_bytes < 0;
  server.max_queued_request_bytes = unbounded ? requests : std::min(server.max_queued_request_bytes, requests);
  server.max_request_bytes = static_cast<std::int32_t>(std::min<std::int64_t>(server.max_request_bytes, limit / 8));
  server.max_queued_response_bytes = std::min(server.max_queued_response_bytes, limit / 8);
  server.fetch_session_partitions = static_cast<std::size_t>(std::min(kMostSessionPartitions, limit / 16 / kSessionPartitionBytes));
  server.max_plain_batch_bytes = static_cast<std::size_t>(std::min(kMostPlainBatchBytes, limit / 8));
  return {};
}

GroupConfig group_config(const Properties& properties) {
  GroupConfig groups;
  groups.topic_partitions = properties.int32("offsets.topic.num.partitions");
  groups.topic_segment_bytes = properties.int32("offsets.topic.segment.bytes");
  groups.min_session_ms = properties.int32("group.min.session.timeout.ms");
  groups.max_session_ms = properties.int32("group.max.session.timeout.ms");
  groups.initial_rebalance_delay_ms = properties.int32("group.initial.rebalance.delay.ms");
  groups.max_size = properties.int32("group.max.size");
  groups.consumer_session_ms = properties.int32("group.consumer.session.timeout.ms");
  groups.consumer_heartbeat_interval_ms = properties.int32("group.consumer.heartbeat.interval.ms");
  groups.consumer_max_size = properties.int32("group.consumer.max.size");
  groups.consumer_migration = properties.string("group.consumer.migration.policy");
  groups.max_offset_metadata_bytes = properties.int32("offset.metadata.max.bytes");
  groups.offsets_retention_ms = std::int64_t{properties.int32("offsets.retention.minutes")} * 60 * 1000;
  groups.retention_check_ms = properties.int64("offsets.retention.check.interval.ms");
  return groups;
}

TransactionConfig transaction_config(const Properties& properties) {
  TransactionConfig transactions;
  transactions.topic_partitions = properties.int32("transaction.state.log.num.partitions");
  transactions.topic_segment_bytes = properties.int32("transaction.state.log.segment.bytes");
  transactions.max_timeout_ms = properties.int32("transaction.max.timeout.ms");
  transactions.id_expiration_ms = properties.int32("transactional.id.expiration.ms");
  transactions.expiry_check_ms = properties.int32("transaction.remove.expired.transaction.cleanup.interval.ms");
  return transactions;
}

}  // namespace

Result<ServerConfig> make_server_config(const Properties& properties) {
  Result<Listeners> listeners = make_listeners(properties);
  if (!listeners) return fail_with(std::move(listeners));
  const std::vector<std::string> dirs = properties.list("log.dirs");
  if (dirs.size() != 1) return fail(Errc::invalid_config, "log.dirs: exactly one directory");

  ServerConfig server;
  server.node_id = properties.int32("node.id");
  server.rack = properties.string("broker.rack");
  server.data_dir = dirs.front();
  server.listeners = *std::move(listeners);
  server.reactor_count = reactor_count(properties);
  server.pool_threads = static_cast<std::size_t>(properties.int32("num.io.threads"));
  server.landing_buffer_bytes = static_cast<std::size_t>(properties.int32("landing.buffer.bytes"));
  server.max_request_bytes = properties.int32("socket.request.max.bytes");
  server.max_connections = properties.int32("max.connections");
  server.max_connections_per_ip = properties.int32("max.connections.per.ip");
  server.max_connection_rate = properties.int32("max.connection.creation.rate");
  server.connection_idle_ms = properties.int64("connections.max.idle.ms");
  server.max_in_flight_requests = properties.int32("max.in.flight.requests.per.connection");
  server.max_queued_response_bytes = properties.int64("max.queued.response.bytes.per.connection");
  server.max_queued_request_bytes = properties.int64("queued.max.request.bytes");
  server.slow_request_ms = properties.int64("log.slow.request.ms");
  server.drain_timeout_ms = properties.int64("shutdown.drain.timeout.ms");
  server.auto_create_topics = properties.boolean("auto.create.topics.enable");
  server.delete_topics = properties.boolean("delete.topic.enable");
  server.fetch_max_bytes = properties.int32("fetch.max.bytes");
  server.fetch_session_slots = properties.int32("max.incremental.fetch.session.cache.slots");
  server.producer_id_expiration_ms = properties.int32("producer.id.expiration.ms");
  server.memory_limit_bytes = properties.int64("memory.limit.bytes");
  server.space_alert_bytes = properties.int64("storage.space.alert.free.bytes");
  server.min_free_bytes = properties.int64("storage.min.free.bytes");
  server.open_segments_max = properties.int32("storage.open.segments.max");
  server.groups = group_config(properties);
  server.transactions = transaction_config(properties);
  server.telemetry_max_bytes = properties.int32("telemetry.max.bytes");
  constexpr std::int64_t kMsPerSecond = 1000;
  server.quotas = {.samples = properties.int32("quota.window.num"),
                   .sample_ms = properties.int32("quota.window.size.seconds") * kMsPerSecond,
                   .mutation_samples = properties.int32("controller.quota.window.num"),
                   .mutation_sample_ms = properties.int32("controller.quota.window.size.seconds") * kMsPerSecond};
  server.durability = parse_durability(properties.string("durability"));
  server.compaction = properties.boolean("log.cleaner.enable");
  server.compaction_map_bytes = properties.int64("log.cleaner.dedupe.buffer.size");
  server.compaction_map_load = properties.real("log.cleaner.io.buffer.load.factor");
  server.compaction_bytes_per_second = properties.real("log.cleaner.io.max.bytes.per.second");
  server.compaction_pause_ms = properties.int64("log.cleaner.backoff.ms");
  if (properties.text("log.retention.check.interval.ms")) {
    server.retention_check_interval_ms = properties.int64("log.retention.check.interval.ms");
  }
  Result<std::vector<DeclaredTopic>> topics = declared_topics(properties);
  if (!topics) return fail_with(std::move(topics));
  server.topics = *std::move(topics);
  if (Status shared = share_memory(server); !shared) return fail_with(std::move(shared));
  return server;
}

}  // namespace streamline::config
