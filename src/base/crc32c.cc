// Three ways to one CRC-32C: a table (the reference), SSE4.2 on three chains (the baseline), and folding with
// 256-bit carry-less multiplication (long input, where the processor has it).
// All arithmetic is modulo the Castagnoli polynomial in reflected form: bit 31 is x^0, so multiplying by x shifts right.
#include "base/crc32c.h"

#include <immintrin.h>

#include <array>

namespace streamline {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;
constexpr std::uint32_t kOne = 0x80000000;

constexpr std::uint32_t times_x(std::uint32_t value) { return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0); }

constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = kOne; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = times_x(b);
  }
  return product;
}

/// x^(2^i); exponents repeat modulo 2^31 - 1 ... 2^32 - 1, so 64 squarings reach every 64-bit exponent.
constexpr std::array<std::uint32_t, 64> make_squares() {
  std::array<std::uint32_t, 64> squares{};
  squares[0] = times_x(kOne);
  for (std::size_t i = 1; i < squares.size(); ++i) squares[i] = multiply(squares[i - 1], squares[i - 1]);
  return squares;
}
constexpr auto kSquares = make_squares();

constexpr std::uint32_t power_of_x(std::uint64_t exponent) {
  std::uint32_t power = kOne;
  for (std::size_t i = 0; exponent != 0; ++i, exponent >>= 1) {
    if ((exponent & 1) != 0) power = multiply(power, kSquares[i]);
  }
  return power;
}

constexpr std::array<std::uint32_t, 256> make_byte_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    table[i] = value;
  }
  return table;
}
constexpr auto kByteTable = make_byte_table();

/// A checksum moved over kBytes zero bytes by four look-ups instead of a multiplication.
template <std::size_t kBytes>
class ZeroShift {
 public:
  constexpr ZeroShift() {
    const std::uint32_t factor = power_of_x(8 * kBytes);
    for (std::uint32_t byte = 0; byte < 4; ++byte) {
      for (std::uint32_t i = 0; i < 256; ++i) table_[byte][i] = multiply(factor, i << (8 * byte));
    }
  }
  std::uint32_t operator()(std::uint32_t crc) const {
    return table_[0][crc & 0xff] ^ table_[1][(crc >> 8) & 0xff] ^ table_[2][(crc >> 16) & 0xff] ^ table_[3][crc >> 24];
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 4> table_{};
};

constexpr std::size_t kLongChain = 4096;
constexpr std::size_t kShortChain = 256;
constexpr ZeroShift<kLongChain> kLongShift;
constexpr ZeroShift<kShortChain> kShortShift;

/// Three blocks of kChain bytes side by side: the crc32 instruction takes three cycles and starts one a cycle.
template <std::size_t kChain>
std::uint32_t three_chains(const std::byte* at, std::uint32_t crc, const ZeroShift<kChain>& shift) {
  std::uint64_t a = crc;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  for (const std::byte* end = at + kChain; at != end; at += 8) {
    a = _mm_crc32_u64(a, load_le<std::uint64_t>(at));
    b = _mm_crc32_u64(b, load_le<std::uint64_t>(at + kChain));
    c = _mm_crc32_u64(c, load_le<std::uint64_t>(at + 2 * kChain));
  }
  const std::uint32_t ab = shift(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b);
  return shift(ab) ^ static_cast<std::uint32_t>(c);
}

/// The register after `bytes`, without the inversions at both ends.
std::uint32_t update_baseline(std::uint32_t crc, ByteView bytes) {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3 * kLongChain; at += 3 * kLongChain, left -= 3 * kLongChain) crc = three_chains(at, crc, kLongShift);
  for (; left >= 3 * kShortChain; at += 3 * kShortChain, left -= 3 * kShortChain) crc = three_chains(at, crc, kShortShift);
  std::uint64_t wide = crc;
  for (; left >= 8; at += 8, left -= 8) wide = _mm_crc32_u64(wide, load_le<std::uint64_t>(at));
  crc = static_cast<std::uint32_t>(wide);
  for (; left > 0; ++at, --left) crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*at));
  return crc;
}

/// Bytes that one round of the folding loop takes in: four registers of 32.
constexpr std::size_t kFoldBytes = 128;
constexpr std::size_t kFoldFrom = 1024;
/// Multipliers that carry a 128-bit lane over kFoldBytes: the earlier and the later half of the lane.
constexpr std::int64_t kFoldEarlier = static_cast<std::int64_t>(std::uint64_t{power_of_x(8 * kFoldBytes + 32)} << 1);
constexpr std::int64_t kFoldLater = static_cast<std::int64_t>(std::uint64_t{power_of_x(8 * kFoldBytes - 32)} << 1);

__attribute__((target("avx2"))) inline __m256i load(const std::byte* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

__attribute__((target("avx2,vpclmulqdq"))) inline __m256i fold(__m256i sum, __m256i multipliers, const std::byte* next) {
  const __m256i earlier = _mm256_clmulepi64_epi128(sum, multipliers, 0x00);
  const __m256i later = _mm256_clmulepi64_epi128(sum, multipliers, 0x11);
  return _mm256_xor_si256(_mm256_xor_si256(earlier, later), load(next));
}

/// At least kFoldFrom bytes. Folds everything but the last odd bytes into 128 bytes that have the same remainder.
__attribute__((target("avx2,vpclmulqdq"))) std::uint32_t update_folding(std::uint32_t crc, ByteView bytes) {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size() / kFoldBytes * kFoldBytes;
  const __m256i multipliers = _mm256_set_epi64x(kFoldLater, kFoldEarlier, kFoldLater, kFoldEarlier);
  // Named one by one: as an array they would live in memory at -O2.
  __m256i a = _mm256_xor_si256(load(at), _mm256_set_epi32(0, 0, 0, 0, 0, 0, 0, static_cast<int>(crc)));
  __m256i b = load(at + 32);
  __m256i c = load(at + 64);
  __m256i d = load(at + 96);
  for (at += kFoldBytes; at != end; at += kFoldBytes) {
    a = fold(a, multipliers, at);
    b = fold(b, multipliers, at + 32);
    c = fold(c, multipliers, at + 64);
    d = fold(d, multipliers, at + 96);
  }
  std::byte folded[kFoldBytes];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(folded), a);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(folded + 32), b);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(folded + 64), c);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(folded + 96), d);
  crc = update_baseline(0, folded);
  return update_baseline(crc, bytes.subspan(bytes.size() / kFoldBytes * kFoldBytes));
}

bool can_fold() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vpclmulqdq"); }

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
  if (bytes.size() >= kFoldFrom && can_fold()) return ~update_folding(~seed, bytes);
  return ~update_baseline(~seed, bytes);
}

std::uint32_t crc32c_baseline(ByteView bytes, std::uint32_t seed) { return ~update_baseline(~seed, bytes); }

std::uint32_t crc32c_bytewise(ByteView bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  for (const std::byte b : bytes) crc = kByteTable[(crc ^ static_cast<std::uint32_t>(b)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::size_t bytes_of_b) {
  return multiply(power_of_x(8 * static_cast<std::uint64_t>(bytes_of_b)), crc_a) ^ crc_b;
}

}  // namespace streamline
