// LogOptions: what a log needs to know of its topic and server; plain values, handed in by the broker.
#pragma once

#include <cstddef>
#include <cstdint>

namespace streamline::storage {

/// What an answered acks=all survives; see docs of the property `durability`.
enum class Durability : std::uint8_t {
  always,    ///< the high watermark moves with fdatasync: kill -9 and power loss
  interval,  ///< it moves with the write; the caller syncs from time to time: kill -9
  none,      ///< it moves with the write; nobody syncs but an orderly stop: kill -9
};

/// What leaves a log by itself, in whole segments; see log_retention.cc.
struct RetentionOptions {
  /// By time and size, or (`requested`) only what lies below the log start: a log that is compacted, or kept whole.
  enum class Policy : std::uint8_t { by_age_and_size, requested };
  Policy policy = Policy::by_age_and_size;
  /// Segments whose newest record is older go; negative = never.
  std::int64_t ms = -1;
  /// The oldest segment goes while the others hold this much; negative = never.
  std::int64_t bytes = -1;
  /// How long a file stays once its segment is gone.
  std::int64_t file_delete_delay_ms = 60'000;
  friend bool operator==(const RetentionOptions&, const RetentionOptions&) = default;
};

/// `ahead`: as LogOptions::preallocate_bytes says; `whole`: a segment's whole size when it is made.
enum class Preallocate : std::uint8_t { ahead, whole };

struct LogOptions {
  /// A segment is rolled before it would grow past this; a batch larger than it is refused (rule 35). At most 2^31-1.
  std::uint64_t segment_bytes = 1U << 30U;
  /// A segment is rolled when its first append is this old.
  std::int64_t segment_ms = 7LL * 24 * 3600 * 1000;
  /// One index entry per this many bytes; 0 = one per batch.
  std::uint32_t index_interval_bytes = 32 * 1024;
  /// Blocks reserved ahead of the tail; the reservation doubles with the segment up to this. 0 = none.
  std::uint64_t preallocate_bytes = 16 * 1024 * 1024;
  /// Zeros written ahead of the tail in Durability::always; they double with the segment up to this. 0 = none.
  std::uint64_t prewrite_bytes = 1024 * 1024;
  Durability durability = Durability::always;
  /// A larger batch is refused with too_large (rule 35).
  std::size_t max_batch_bytes = 1024 * 1024 + 12;
  /// Producers idle for this long are forgotten (rule 53).
  std::int64_t producer_id_expiration_ms = 24LL * 3600 * 1000;
  /// Up to this much is taken off segment_ms, differently for each segment.
  std::int64_t segment_jitter_ms = 0;
  /// Blocks for the whole of a new segment at once.
  Preallocate preallocate = Preallocate::ahead;
  RetentionOptions retention = {};
  /// More than that are not remembered: those idle for longest are forgotten first.
  std::size_t max_producers = 100'000;
};

}  // namespace streamline::storage
