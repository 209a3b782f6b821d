// The parse of one record and of one header, shared by RecordIterator and the validator. Values are stepped over, not read.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/varint.h"

namespace streamline::record {

/// Reads numbers and skips bytes; after the first failure everything reads as 0 and ok() is false.
class RecordCursor {
 public:
  explicit RecordCursor(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  const std::byte* at() const { return at_; }

  std::int32_t varint32() {
    if (at_ != end_ && (static_cast<std::uint8_t>(*at_) & 0x80) == 0) return unzigzag(static_cast<std::uint32_t>(*at_++));
    return take(read_varint32({at_, end_}));
  }
  std::int64_t varint64() {
    if (at_ != end_ && (static_cast<std::uint8_t>(*at_) & 0x80) == 0) return unzigzag(static_cast<std::uint64_t>(*at_++));
    return take(read_varint64({at_, end_}));
  }
  /// `size` of -1 is null and takes nothing; anything lower, or beyond the end, fails.
  void skip(std::int32_t size) {
    if (size < -1 || (size > 0 && static_cast<std::size_t>(size) > left())) return fail_here();
    if (size > 0) at_ += size;
  }
  void fail_here() {
    ok_ = false;
    at_ = end_;
  }

 private:
  template <class T>
  T take(Varint<T> number) {
    if (!number) fail_here();
    at_ += number.size;
    return number.value;
  }

  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

/// Where the parts of a record lie. `fault` names the first broken rule; null when the record is good.
struct ParsedRecord {
  const char* fault = nullptr;
  std::size_t size = 0;
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::int32_t key_size = -1;
  std::int32_t value_size = -1;
  std::int32_t header_count = 0;
  const std::byte* key = nullptr;
  const std::byte* value = nullptr;
  ByteView headers{};
};

inline bool skip_headers(RecordCursor& cursor, std::int32_t count) {
  // A header takes two bytes at least: a forged count ends here and not after two billion rounds.
  if (count < 0 || static_cast<std::size_t>(count) > cursor.left() / 2) return false;
  for (std::int32_t i = 0; i < count && cursor.ok(); ++i) {
    const std::int32_t key_size = cursor.varint32();
    if (key_size < 0) return false;
    cursor.skip(key_size);
    cursor.skip(cursor.varint32());
  }
  return cursor.ok();
}

/// Parses the record at the front of `bytes`.
inline ParsedRecord parse_record(ByteView bytes) {
  const Varint<std::int32_t> length = read_varint32(bytes);
  if (!length) return {.fault = "the record's length cannot be read"};
  if (length.value < 0 || static_cast<std::size_t>(length.value) > bytes.size() - length.size) {
    return {.fault = "the record's length exceeds the batch"};
  }
  ParsedRecord record;
  record.size = length.size + static_cast<std::size_t>(length.value);
  RecordCursor cursor(bytes.subspan(length.size, static_cast<std::size_t>(length.value)));
  // Attributes: a byte without meaning so far.
  cursor.skip(1);
  record.timestamp_delta = cursor.varint64();
  record.offset_delta = cursor.varint32();
  record.key_size = cursor.varint32();
  record.key = cursor.at();
  cursor.skip(record.key_size);
  if (!cursor.ok()) return {.fault = "the record's key does not fit the record"};
  record.value_size = cursor.varint32();
  record.value = cursor.at();
  cursor.skip(record.value_size);
  if (!cursor.ok()) return {.fault = "the record's value does not fit the record"};
  record.header_count = cursor.varint32();
  const std::byte* const headers = cursor.at();
  if (!cursor.ok() || !skip_headers(cursor, record.header_count)) return {.fault = "the record's headers do not fit the record"};
  if (cursor.left() != 0) return {.fault = "the record is shorter than its length"};
  record.headers = {headers, cursor.at()};
  return record;
}

/// Create time of a record; a forged delta wraps around instead of overflowing.
constexpr std::int64_t timestamp_of(std::int64_t base, std::int64_t delta) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(delta));
}

}  // namespace streamline::record
