// What the coordinator is set up with; every field is a property of the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace streamline::groups {

/// group.consumer.migration.policy: which way a live group may move between the protocols.
enum class Migration : std::uint8_t { disabled, upgrade, downgrade, bidirectional };

/// How a KIP-848 group's members have to show that they live.
struct ConsumerTimes {
  /// group.consumer.session.timeout.ms, or the group's own consumer.session.timeout.ms.
  std::int32_t session_ms = 45'000;
  /// group.consumer.heartbeat.interval.ms, or the group's own consumer.heartbeat.interval.ms: members are told it.
  std::int32_t heartbeat_interval_ms = 5'000;
};

struct Options {
  /// group.min.session.timeout.ms and group.max.session.timeout.ms: a JoinGroup outside gets INVALID_SESSION_TIMEOUT.
  std::int32_t min_session_ms = 6'000;
  std::int32_t max_session_ms = 1'800'000;
  /// group.initial.rebalance.delay.ms: how long an empty group waits for more members after its first. 0: to the turn's end.
  std::int32_t initial_rebalance_delay_ms = 0;
  /// group.max.size: members of one group.
  std::int32_t max_size = std::numeric_limits<std::int32_t>::max();
  /// Of every KIP-848 group without its own.
  ConsumerTimes consumer{};
  /// group.consumer.max.size: members of one KIP-848 group.
  std::int32_t consumer_max_size = std::numeric_limits<std::int32_t>::max();
  Migration migration = Migration::bidirectional;
  /// How long a new member's JoinGroup may stay unanswered before it is taken for dead. It has no id to heartbeat with yet.
  std::int32_t new_member_join_ms = 5 * 60 * 1000;
  /// offset.metadata.max.bytes: a longer text in a commit gets OFFSET_METADATA_TOO_LARGE.
  std::size_t max_offset_metadata_bytes = 4096;
  /// offsets.retention.minutes, in ms (rule 110).
  std::int64_t offsets_retention_ms = 7LL * 24 * 60 * 60 * 1000;
  /// What one record may take in the log. A larger one is refused before anything changes (rule 104).
  std::size_t max_record_bytes = 1024 * 1024;
};

}  // namespace streamline::groups
