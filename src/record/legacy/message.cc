// Reading and writing of one message.
#include "record/legacy/message.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace streamline::record::legacy {

namespace {

constexpr std::size_t kSizeAt = 8;
constexpr std::size_t kCrcAt = 12;
constexpr std::size_t kAttributesAt = 17;
constexpr std::size_t kTimestampAt = 18;
constexpr std::size_t kLengthBytes = 4;

std::size_t body_at(std::int8_t magic) { return magic == 0 ? kTimestampAt : kTimestampAt + sizeof(std::int64_t); }

std::uint32_t checksum(ByteView message) {
  const ByteView covered = message.subspan(kMagicAt);
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(covered.data()), covered.size()));
}

std::size_t nullable_size(const std::optional<ByteView>& bytes) { return kLengthBytes + (bytes ? bytes->size() : 0); }

/// Takes a length and its bytes off the front; false when they do not fit.
bool take_nullable(ByteView& rest, std::optional<ByteView>& bytes) {
  if (rest.size() < kLengthBytes) return false;
  const auto length = load_be<std::int32_t>(rest.data());
  rest = rest.subspan(kLengthBytes);
  if (length < 0) return length == -1;
  const auto size = static_cast<std::size_t>(length);
  if (size > rest.size()) return false;
  bytes = rest.first(size);
  rest = rest.subspan(size);
  return true;
}

std::byte* put_nullable(std::byte* at, const std::optional<ByteView>& bytes) {
  store_be(at, bytes ? static_cast<std::int32_t>(bytes->size()) : std::int32_t{-1});
  at += kLengthBytes;
  return bytes ? std::copy(bytes->begin(), bytes->end(), at) : at;
}

bool same(const std::optional<ByteView>& a, const std::optional<ByteView>& b) {
  return a.has_value() == b.has_value() && (!a || std::ranges::equal(*a, *b));
}

}  // namespace

bool operator==(const Message& a, const Message& b) {
  return a.offset == b.offset && a.magic == b.magic && a.attributes == b.attributes && a.timestamp == b.timestamp && same(a.key, b.key) &&
         same(a.value, b.value);
}

std::size_t Message::encoded_size() const { return body_at(magic) + nullable_size(key) + nullable_size(value); }

bool begins_with_batch(ByteView set) { return set.size() > kMagicAt && load_be<std::int8_t>(set.data() + kMagicAt) == kMagic; }

Result<std::optional<Message>> read_message(ByteView set) {
  if (set.size() <= kMagicAt) return std::optional<Message>();
  const auto size = load_be<std::int32_t>(set.data() + kSizeAt);
  const auto magic = load_be<std::int8_t>(set.data() + kMagicAt);
  if (size < kSmallestSize) return fail(Errc::corrupt, fmt::format("message size {} is too small", size));
  if (magic < 0 || magic > kNewestMagic) return fail(Errc::corrupt, fmt::format("message magic is {}", magic));
  if (static_cast<std::size_t>(size) > set.size() - kPrefixBytes) return std::optional<Message>();
  set = set.first(kPrefixBytes + static_cast<std::size_t>(size));
  const auto stored = load_be<std::uint32_t>(set.data() + kCrcAt);
  if (const std::uint32_t computed = checksum(set); computed != stored) {
    return fail(Errc::corrupt, fmt::format("message checksum is {:08x} and its bytes give {:08x}", stored, computed));
  }
  Message message;
  message.offset = Offset(load_be<std::int64_t>(set.data()));
  message.magic = magic;
  message.attributes = load_be<std::int8_t>(set.data() + kAttributesAt);
  if (set.size() < body_at(magic)) return fail(Errc::corrupt, "a message ends before its timestamp");
  if (magic > 0) message.timestamp = load_be<std::int64_t>(set.data() + kTimestampAt);
  ByteView rest = set.subspan(body_at(magic));
  if (!take_nullable(rest, message.key)) return fail(Errc::corrupt, "a message's key does not fit the message");
  if (!take_nullable(rest, message.value)) return fail(Errc::corrupt, "a message's value does not fit the message");
  if (!rest.empty()) return fail(Errc::corrupt, fmt::format("{} bytes behind a message's value", rest.size()));
  return message;
}

void append_message(std::vector<std::byte>& out, const Message& message) {
  const std::size_t start = out.size();
  const std::size_t size = message.encoded_size();
  out.resize(start + size);
  std::byte* const at = out.data() + start;
  store_be(at, message.offset.value);
  store_be(at + kSizeAt, static_cast<std::int32_t>(size - kPrefixBytes));
  store_be(at + kMagicAt, message.magic);
  store_be(at + kAttributesAt, message.attributes);
  if (message.magic > 0) store_be(at + kTimestampAt, message.timestamp);
  put_nullable(put_nullable(at + body_at(message.magic), message.key), message.value);
  store_be(at + kCrcAt, checksum({at, size}));
}

}  // namespace streamline::record::legacy
