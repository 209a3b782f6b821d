// OffsetSpec: a place in a partition as users write it, and the broker's answer to where that is.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"

namespace streamline::client {

struct OffsetSpec {
  enum class Kind : std::uint8_t {
    beginning,
    end,
    /// The record with offset `value`.
    offset,
    /// `value` records before the end.
    before_end,
    /// `value` offsets behind the beginning.
    after_begin,
    /// The first record with a timestamp of `value` ms since 1970 or later; the end when there is none.
    timestamp,
  };
  Kind kind = Kind::beginning;
  std::int64_t value = 0;
  friend bool operator==(const OffsetSpec&, const OffsetSpec&) = default;
};

/// "beginning" or "start", "end", "42", "-5", "+5", or "@" and a time: milliseconds since 1970, RFC 3339 ("2026-01-31T12:00:00Z", a date
/// alone, with or without fraction and zone), or "now", or "-90s", "-5m", "-1h", "-2d" before `now_ms`. invalid_argument says what is
/// allowed.
Result<OffsetSpec> parse_offset_spec(std::string_view text, std::int64_t now_ms);
/// "500ms", "90s", "5m", "1h", "2d"; at most some three years.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The time alone, without "@".
Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms);

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// What a reader sees: everything, or only what is outside of transactions or in committed ones. Kafka's numbers.
enum class Isolation : std::int8_t { uncommitted = 0, committed = 1 };

/// First and next offset of a partition at this moment; for Isolation::committed it ends where the first open transaction begins.
struct OffsetRange {
  Offset begin{0};
  Offset end{0};
};
Result<OffsetRange> offset_range(Cluster& cluster, const TopicPartition& of, Isolation isolation = Isolation::uncommitted);
/// Of many partitions, with two requests to each of their leaders.
Result<std::map<TopicPartition, OffsetRange>> offset_ranges(Cluster& cluster, std::span<const TopicPartition> partitions,
                                                            Isolation isolation = Isolation::uncommitted);
/// The offset a spec stands for. offset_out_of_range when an explicit offset lies outside of the log.
Result<Offset> resolve(Cluster& cluster, const TopicPartition& of, const OffsetSpec& spec, Isolation isolation = Isolation::uncommitted);

}  // namespace streamline::client
