// Buckets of histogram.h: 128 of equal width in every power of two.
#include "common/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace streamline::bench {

std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < kSub) return static_cast<std::size_t>(value);
  const int shift = static_cast<int>(std::bit_width(value)) - kSubBits - 1;
  return static_cast<std::size_t>(shift + 1) * kSub + static_cast<std::size_t>((value >> shift) - kSub);
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) {
  if (bucket < kSub) return bucket;
  const std::size_t shift = bucket / kSub - 1;
  return ((std::uint64_t{bucket % kSub} + kSub + 1) << shift) - 1;
}

void Histogram::record(std::int64_t duration_ns) {
  const std::int64_t duration = std::max<std::int64_t>(duration_ns, 0);
  ++counts_[bucket_of(static_cast<std::uint64_t>(duration))];
  ++count_;
  max_ns_ = std::max(max_ns_, duration);
}

std::int64_t Histogram::quantile_ns(double share) const {
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen > wanted) return std::min(static_cast<std::int64_t>(upper_edge(bucket)), max_ns_);
  }
  return max_ns_;
}

std::string Histogram::to_json() const {
  const auto us = [](std::int64_t ns) { return static_cast<double>(ns) / 1e3; };
  return fmt::format(R"({{"p50":{:.1f},"p90":{:.1f},"p99":{:.1f},"p99.9":{:.1f},"p99.99":{:.1f},"max":{:.1f}}})", us(quantile_ns(0.5)),
                     us(quantile_ns(0.9)), us(quantile_ns(0.99)), us(quantile_ns(0.999)), us(quantile_ns(0.9999)), us(max_ns_));
}

}  // namespace streamline::bench
