// The golden messages of golden/goldens.gz: bytes that Kafka's own classes made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace streamline::wire {

struct Golden {
  std::string name;
  std::int16_t version = 0;
  /// 0 holds defaults, the others values from a seed.
  int number = 0;
  std::vector<std::byte> bytes;

  std::string label() const { return name + " v" + std::to_string(version) + " #" + std::to_string(number); }
};

/// How many goldens every version of a message has.
inline constexpr int kGoldensPerVersion = 5;

/// All of them, read once; empty when the file cannot be read.
const std::vector<Golden>& goldens();

}  // namespace streamline::wire
