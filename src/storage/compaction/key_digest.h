// KeyDigest: 128 bits that stand for a record's key, so that a map of keys needs the same few bytes for each.
// SipHash-2-4 with 128 bits of output under a secret of this process (Aumasson and Bernstein, "SipHash: a fast short-input PRF"). Two keys
// of one log share a digest by chance with a probability of n^2 / 2^129: 10^-21 for a thousand million keys. Without the secret nobody can
// look for such keys, so a client cannot make one of its records stand for another's.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace streamline::storage {

struct KeyDigest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const KeyDigest&, const KeyDigest&) = default;
};

/// Any thread.
class KeyHasher {
 public:
  using Secret = std::array<std::uint64_t, 2>;
  explicit KeyHasher(const Secret& secret) : secret_(secret) {}
  /// With a secret of its own.
  static KeyHasher random();

  KeyDigest operator()(ByteView key) const;

 private:
  Secret secret_;
};

}  // namespace streamline::storage
