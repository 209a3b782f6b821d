// SizeCounter and Writer: the same calls, once to know the size, once to write. Generated code is written once for both.
#pragma once

#include <bit>
#include <vector>

#include "base/assert.h"
#include "base/varint.h"
#include "wire/types.h"

namespace streamline::wire {

/// Bytes that a message takes: `memory` in the Writer's buffer, `external` in records that are sent from elsewhere.
/// The frame's length is the sum of both.
struct SizeCounter {
  std::size_t memory = 0;
  std::size_t external = 0;

  void int8(std::int8_t) { memory += 1; }
  void int16(std::int16_t) { memory += 2; }
  void int32(std::int32_t) { memory += 4; }
  void int64(std::int64_t) { memory += 8; }
  void uint16(std::uint16_t) { memory += 2; }
  void uint32(std::uint32_t) { memory += 4; }
  void float64(double) { memory += 8; }
  void boolean(bool) { memory += 1; }
  void uuid(const Uuid&) { memory += 16; }
  void unsigned_varint(std::uint32_t value) { memory += uvarint_size(value); }
  void raw(ByteView bytes) { memory += bytes.size(); }
  void string_length(Encoding encoding, std::size_t length) { memory += encoding == Encoding::compact ? uvarint_size(length + 1) : 2; }
  void length(Encoding encoding, std::size_t count) { memory += encoding == Encoding::compact ? uvarint_size(count + 1) : 4; }
  void null_string(Encoding encoding) { memory += encoding == Encoding::compact ? 1 : 2; }
  void null(Encoding encoding) { memory += encoding == Encoding::compact ? 1 : 4; }
  void records_body(const Records& records) { (records.external ? external : memory) += records.size; }
};

/// Writes into memory of a known size, and asserts that it fits: a size was counted before.
class Writer {
 public:
  /// `splices` receives the places of external records; without it a message must not hold any.
  explicit Writer(MutableBytes buffer, std::vector<Splice>* splices = nullptr)
      : begin_(buffer.data()), at_(begin_), end_(begin_ + buffer.size()), splices_(splices) {}

  /// Bytes written to the buffer so far.
  std::size_t written() const { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t external_bytes() const { return external_bytes_; }

  void int8(std::int8_t value) { number(value); }
  void int16(std::int16_t value) { number(value); }
  void int32(std::int32_t value) { number(value); }
  void int64(std::int64_t value) { number(value); }
  void uint16(std::uint16_t value) { number(value); }
  void uint32(std::uint32_t value) { number(value); }
  void float64(double value) { number(std::bit_cast<std::int64_t>(value)); }
  void boolean(bool value) { number(static_cast<std::int8_t>(value)); }
  void uuid(const Uuid& id) { raw(id.bytes); }
  void unsigned_varint(std::uint32_t value) { unsigned_varlong(value); }
  void unsigned_varlong(std::uint64_t value) {
    SL_ASSERT(uvarint_size(value) <= room());
    at_ += write_uvarint64(at_, value);
  }
  void varint(std::int32_t value) { unsigned_varint(zigzag(value)); }
  void varlong(std::int64_t value) { unsigned_varlong(zigzag(value)); }
  void raw(ByteView bytes) {
    SL_ASSERT(bytes.size() <= room());
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

  /// Length of a string; at most 32767.
  void string_length(Encoding encoding, std::size_t length) {
    SL_ASSERT(length <= INT16_MAX);
    if (encoding == Encoding::compact)
      unsigned_varint(static_cast<std::uint32_t>(length + 1));
    else
      int16(static_cast<std::int16_t>(length));
  }
  /// Length of bytes, or count of an array.
  void length(Encoding encoding, std::size_t count) {
    SL_ASSERT(count <= INT32_MAX);
    if (encoding == Encoding::compact)
      unsigned_varint(static_cast<std::uint32_t>(count + 1));
    else
      int32(static_cast<std::int32_t>(count));
  }
  void null_string(Encoding encoding) {
    if (encoding == Encoding::compact)
      int8(0);
    else
      int16(-1);
  }
  void null(Encoding encoding) {
    if (encoding == Encoding::compact)
      int8(0);
    else
      int32(-1);
  }
  /// The bytes of a `records` field after its length; external ones leave a Splice instead.
  void records_body(const Records& records) {
    const std::uint32_t index = records_seen_++;
    if (!records.external) return raw(records.bytes());
    SL_ASSERT(splices_ != nullptr);
    splices_->push_back({.offset = written(), .index = index, .size = records.size});
    external_bytes_ += records.size;
  }

 private:
  std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }
  template <class T>
  void number(T value) {
    SL_ASSERT(sizeof(T) <= room());
    store_be(at_, value);
    at_ += sizeof(T);
  }

  std::byte* begin_;
  std::byte* at_;
  std::byte* end_;
  std::vector<Splice>* splices_;
  std::size_t external_bytes_ = 0;
  std::uint32_t records_seen_ = 0;
};

/// The composed types, for both sinks.
template <class Sink>
void put_string(Sink& out, Encoding encoding, std::string_view text) {
  out.string_length(encoding, text.size());
  out.raw(as_bytes(text));
}
template <class Sink>
void put_nullable_string(Sink& out, Encoding encoding, const std::optional<std::string_view>& text) {
  if (text)
    put_string(out, encoding, *text);
  else
    out.null_string(encoding);
}
template <class Sink>
void put_bytes(Sink& out, Encoding encoding, ByteView bytes) {
  out.length(encoding, bytes.size());
  out.raw(bytes);
}
template <class Sink>
void put_nullable_bytes(Sink& out, Encoding encoding, const std::optional<ByteView>& bytes) {
  if (bytes)
    put_bytes(out, encoding, *bytes);
  else
    out.null(encoding);
}
template <class Sink>
void put_records(Sink& out, Encoding encoding, const Records& records) {
  out.length(encoding, records.size);
  out.records_body(records);
}
template <class Sink>
void put_nullable_records(Sink& out, Encoding encoding, const Records& records) {
  if (!records.null) return put_records(out, encoding, records);
  out.null(encoding);
  out.records_body({});
}

}  // namespace streamline::wire
