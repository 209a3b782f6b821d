// Latency histogram with a relative error under 1 %: linear within powers of two, as HdrHistogram does it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace streamline::bench {

/// Counts durations in nanoseconds; negative ones count as 0. Fixed size, no allocation while recording. One thread.
class Histogram {
 public:
  void record(std::int64_t duration_ns);
  std::uint64_t count() const { return count_; }
  std::int64_t max_ns() const { return max_ns_; }
  /// Upper edge of the bucket that holds the given share (0..1) of all durations; 0 when nothing was recorded.
  std::int64_t quantile_ns(double share) const;
  /// JSON object of p50 to p99.99 and max in microseconds.
  std::string to_json() const;

 private:
  static constexpr int kSubBits = 7;
  static constexpr std::size_t kSub = std::size_t{1} << kSubBits;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint64_t, (64 - kSubBits + 1) * kSub> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ns_ = 0;
};

}  // namespace streamline::bench
