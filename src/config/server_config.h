// What main needs to build the broker, as plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/declared_topics.h"
#include "config/listener.h"
#include "config/properties.h"
#include "config/topic_config.h"

namespace streamline::config {

/// The range of num.network.threads ends here.
inline constexpr std::size_t kMaxReactors = 64;

/// Consumer groups and the topic that keeps them.
struct GroupConfig {
  std::int32_t topic_partitions = 50;
  std::int32_t topic_segment_bytes = 0;
  std::int32_t min_session_ms = 0;
  std::int32_t max_session_ms = 0;
  std::int32_t initial_rebalance_delay_ms = 0;
  std::int32_t max_size = 0;
  std::int32_t consumer_session_ms = 0;
  std::int32_t consumer_heartbeat_interval_ms = 0;
  std::int32_t consumer_max_size = 0;
  std::string consumer_migration;  ///< as the property names it
  std::int32_t max_offset_metadata_bytes = 0;
  std::int64_t offsets_retention_ms = 0;
  std::int64_t retention_check_ms = 0;
};

struct TransactionConfig {
  std::int32_t topic_partitions = 50;
  std::int32_t topic_segment_bytes = 0;
  std::int32_t max_timeout_ms = 0;
  std::int64_t id_expiration_ms = 0;
  std::int64_t expiry_check_ms = 0;
};

/// Over how long what clients use is measured.
struct QuotaConfig {
  std::int32_t samples = 11;
  std::int64_t sample_ms = 1000;
  std::int32_t mutation_samples = 11;
  std::int64_t mutation_sample_ms = 1000;
};

struct ServerConfig {
  std::int32_t node_id = 1;
  std::string rack;  ///< empty = none
  std::string data_dir;
  bool in_memory = false;  ///< by flag only: nothing is kept

  Listeners listeners;
  std::size_t reactor_count = 1;
  std::size_t pool_threads = 2;
  std::size_t landing_buffer_bytes = 0;  ///< per reactor
  std::int32_t max_request_bytes = 0;
  std::int32_t max_connections = 0;
  std::int32_t max_connections_per_ip = 0;
  std::int32_t max_connection_rate = 0;
  std::int64_t connection_idle_ms = 0;         ///< negative = never
  std::int32_t max_in_flight_requests = 0;     ///< per connection
  std::int64_t max_queued_response_bytes = 0;  ///< per connection
  std::int64_t max_queued_request_bytes = 0;   ///< whole broker; negative = no bound
  std::int64_t drain_timeout_ms = 0;
  std::int64_t slow_request_ms = 0;  ///< 0 = none is told

  bool auto_create_topics = true;
  bool delete_topics = true;
  std::int32_t fetch_max_bytes = 0;
  std::int32_t fetch_session_slots = 0;
  std::int32_t producer_id_expiration_ms = 0;
  std::int64_t memory_limit_bytes = 0;       ///< 0 = none; the bounds above are within it
  std::size_t fetch_session_partitions = 0;  ///< in all kept fetch sessions
  std::size_t max_plain_batch_bytes = 0;     ///< what one compressed batch may grow to
  std::int64_t space_alert_bytes = 0;
  std::int64_t min_free_bytes = 0;
  std::int32_t open_segments_max = 0;  ///< 0 = half of the process's limit of open files
  Durability durability = Durability::always;
  std::optional<std::int64_t> retention_check_interval_ms;  ///< nullopt = by each topic's retention

  bool compaction = true;
  std::int64_t compaction_map_bytes = 0;
  double compaction_map_load = 0;
  double compaction_bytes_per_second = 0;
  std::int64_t compaction_pause_ms = 0;
  GroupConfig groups{};
  TransactionConfig transactions;
  QuotaConfig quotas{};
  std::int32_t telemetry_max_bytes = 0;

  std::vector<DeclaredTopic> topics;  ///< made at the start
};

/// Errc::invalid_config when listeners do not fit together; every single value was checked by the loader.
Result<ServerConfig> make_server_config(const Properties& properties);

}  // namespace streamline::config
