// SipHash-2-4, 128 bits.
#include "storage/compaction/key_digest.h"

#include <bit>

#include "base/ids.h"

namespace streamline::storage {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t squeeze() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

KeyHasher KeyHasher::random() {
  // A random id has a few fixed bits; two of them have 128 that are free.
  const Uuid a = Uuid::random();
  const Uuid b = Uuid::random();
  return KeyHasher({load_le<std::uint64_t>(a.bytes.data()) ^ load_be<std::uint64_t>(b.bytes.data() + 8),
                    load_le<std::uint64_t>(a.bytes.data() + 8) ^ load_be<std::uint64_t>(b.bytes.data())});
}

KeyDigest KeyHasher::operator()(ByteView key) const {
  State state{0x736f6d6570736575ULL ^ secret_[0], 0x646f72616e646f6dULL ^ secret_[1] ^ 0xeeU, 0x6c7967656e657261ULL ^ secret_[0],
              0x7465646279746573ULL ^ secret_[1]};
  const std::size_t whole = key.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) state.absorb(load_le<std::uint64_t>(key.data() + i));
  std::uint64_t last = static_cast<std::uint64_t>(key.size()) << 56U;
  for (std::size_t i = whole; i < key.size(); ++i) last |= static_cast<std::uint64_t>(key[i]) << (8 * (i - whole));
  state.absorb(last);
  state.v2 ^= 0xeeU;
  KeyDigest digest;
  digest.low = state.squeeze();
  state.v1 ^= 0xddU;
  digest.high = state.squeeze();
  return digest;
}

}  // namespace streamline::storage
