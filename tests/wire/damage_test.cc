// Damaged messages: cut, forged, scribbled on. Each must give an error or another value, and never take much memory; that nothing
// beyond the bytes is read is for the sanitizer to see, so every damaged copy lies in memory of exactly its size.
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

#include "support/counting_new.h"
#include "wire/codecs.h"
#include "wire/goldens.h"
#include "wire/writer.h"

namespace streamline::wire {
namespace {

struct Outcome {
  bool decoded = false;
  /// Decoded from all bytes, with none left over.
  bool whole = false;
  std::vector<std::byte> again;
  std::size_t heap_bytes = 0;
};

/// Bytes of memory that decoding may take: the arena's first block and what honest items could need.
std::size_t memory_limit(std::size_t message_bytes) { return 32 * 1024 + 256 * message_bytes; }

Outcome decode(const Golden& golden, ByteView bytes) {
  const auto copy = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  Arena arena;
  Reader in(ByteView(copy.get(), bytes.size()));
  const std::size_t before = test::allocations().bytes;
  auto again = find_codec(golden.name)->again(in, golden.version, arena);
  Outcome outcome{.decoded = again.has_value(),
                  .whole = again.has_value() && in.remaining() == 0,
                  .again = {},
                  .heap_bytes = test::allocations().bytes - before};
  if (again) outcome.again = std::move(*again);
  return outcome;
}

std::vector<LengthField> length_fields(const Golden& golden) {
  std::vector<LengthField> seen;
  Arena arena;
  Reader in(golden.bytes);
  in.observe_lengths(&seen);
  CHECK(find_codec(golden.name)->decode(in, golden.version, arena).has_value());
  return seen;
}

std::vector<std::byte> varint(std::uint32_t value) {
  std::vector<std::byte> bytes(uvarint_size(value));
  Writer out(bytes);
  out.unsigned_varint(value);
  return bytes;
}

/// The same length field saying 0, null, one, and the largest there is, in every way in which its bytes could be understood.
std::vector<std::vector<std::byte>> forgeries(LengthField field) {
  const auto all = [&](std::byte first, std::byte rest) {
    std::vector<std::byte> bytes(field.width, rest);
    bytes[0] = first;
    return bytes;
  };
  std::vector<std::vector<std::byte>> forged{varint(0), varint(1), varint(2), varint(0x7fffffff), varint(0xffffffff)};
  if (field.width == 2 || field.width == 4) {
    forged.push_back(all(std::byte{0}, std::byte{0}));
    forged.push_back(all(std::byte{0xff}, std::byte{0xff}));
    forged.push_back(all(std::byte{0x7f}, std::byte{0xff}));
    forged.push_back(all(std::byte{0x80}, std::byte{0}));
    forged.push_back(all(std::byte{0}, std::byte{0xff}));
  }
  return forged;
}

std::vector<std::byte> replaced(const Golden& golden, LengthField field, const std::vector<std::byte>& by) {
  std::vector<std::byte> bytes(golden.bytes.begin(), golden.bytes.begin() + static_cast<std::ptrdiff_t>(field.position));
  bytes.insert(bytes.end(), by.begin(), by.end());
  bytes.insert(bytes.end(), golden.bytes.begin() + static_cast<std::ptrdiff_t>(field.position + field.width), golden.bytes.end());
  return bytes;
}

TEST_CASE("a message cut at any byte is refused") {
  std::vector<std::string> wrong;
  for (const Golden& golden : goldens()) {
    for (std::size_t size = 0; size < golden.bytes.size(); ++size) {
      const Outcome outcome = decode(golden, ByteView(golden.bytes).first(size));
      if (outcome.decoded || outcome.heap_bytes > memory_limit(size)) wrong.push_back(golden.label() + " cut at " + std::to_string(size));
    }
  }
  CHECK(wrong == std::vector<std::string>{});
}

TEST_CASE("rule 11: forged lengths and counts give an error or another value, and take little memory") {
  std::vector<std::string> wrong;
  std::size_t tried = 0;
  for (const Golden& golden : goldens()) {
    for (const LengthField field : length_fields(golden)) {
      for (const auto& forgery : forgeries(field)) {
        const std::vector<std::byte> bytes = replaced(golden, field, forgery);
        if (bytes == golden.bytes) continue;
        ++tried;
        const Outcome outcome = decode(golden, bytes);
        const bool same = outcome.whole && outcome.again == golden.bytes;
        if (same || outcome.heap_bytes > memory_limit(bytes.size()))
          wrong.push_back(golden.label() + " at " + std::to_string(field.position));
      }
    }
  }
  CHECK(wrong == std::vector<std::string>{});
  CHECK(tried > 10000);
}

TEST_CASE("any byte may be anything") {
  std::vector<std::string> wrong;
  for (const Golden& golden : goldens()) {
    if (golden.number != 1) continue;
    std::vector<std::byte> bytes = golden.bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const std::byte value : {std::byte{0x01}, std::byte{0x7f}, std::byte{0xff}}) {
        bytes[at] = value;
        if (decode(golden, bytes).heap_bytes > memory_limit(bytes.size())) wrong.push_back(golden.label() + " at " + std::to_string(at));
      }
      bytes[at] = golden.bytes[at];
    }
  }
  CHECK(wrong == std::vector<std::string>{});
}

}  // namespace
}  // namespace streamline::wire
