// OffsetSpec: a place in a partition as users write it, and the broker's answer to where that is.
#pragma once

#include <chrono>
#include <cstdint>
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
    /// The first record with a timestamp of `value` ms since 1970 or later; the end when there is none.
    timestamp,
  };
  Kind kind = Kind::beginning;
  std::int64_t value = 0;
  friend bool operator==(const OffsetSpec&, const OffsetSpec&) = default;
};

/// "beginning" or "start", "end", "42", "-5", or "@" and a time: milliseconds since 1970, RFC 3339 ("2026-01-31T12:00:00Z", a date alone,
/// with or without fraction and zone), or "-90s", "-5m", "-1h", "-2d" before `now_ms`. invalid_argument says what is allowed.
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

/// First and next offset of a partition at this moment.
struct OffsetRange {
  Offset begin{0};
  Offset end{0};
};
Result<OffsetRange> offset_range(Cluster& cluster, const TopicPartition& of);
/// The offset a spec stands for. offset_out_of_range when an explicit offset lies outside of the log.
Result<Offset> resolve(Cluster& cluster, const TopicPartition& of, const OffsetSpec& spec);

}  // namespace streamline::client
