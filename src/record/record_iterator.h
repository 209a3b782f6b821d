// RecordIterator: the records of one batch as views; RecordView and HeaderView are what it shows.
// Record: length varint, attributes 1, timestamp delta varlong, offset delta varint, key length varint (-1 null), key,
// value length varint (-1 null), value, header count varint, headers (key length varint, key, value length varint (-1 null), value).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "record/batch.h"
#include "record/compression.h"

namespace streamline::record {

struct HeaderView {
  std::string_view key{};
  std::optional<ByteView> value{};
};

/// The headers of a record in their order, repeated keys included; already checked, so walking cannot fail.
class HeaderRange {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = HeaderView;
    using difference_type = std::ptrdiff_t;
    using pointer = const HeaderView*;
    using reference = HeaderView;
    Iterator() = default;
    explicit Iterator(ByteView rest) : rest_(rest) {}
    HeaderView operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.rest_.size() == b.rest_.size(); }

   private:
    ByteView rest_;
  };

  HeaderRange() = default;
  /// `bytes` are `count` well-formed headers.
  HeaderRange(ByteView bytes, std::int32_t count) : bytes_(bytes), count_(count) {}
  Iterator begin() const { return Iterator(bytes_); }
  Iterator end() const { return Iterator(ByteView{}); }
  std::size_t size() const { return static_cast<std::size_t>(count_); }
  bool empty() const { return count_ == 0; }

 private:
  ByteView bytes_;
  std::int32_t count_ = 0;
};

/// One record. Key, value and headers point into the batch, or into the decompressor's buffer.
struct RecordView {
  Offset offset{0};
  std::int64_t timestamp = kNoTimestamp;
  std::optional<ByteView> key{};
  std::optional<ByteView> value{};
  HeaderRange headers{};
  std::int32_t offset_delta = 0;
  /// Bytes of the record as encoded, its length prefix included.
  std::size_t size = 0;
};

/// Belongs to one thread. The batch outlives it, and so do the decompressor and its buffer (no other decompress() meanwhile).
class RecordIterator {
 public:
  /// `batch` is exactly one whole batch. Errors: read_batch_header's and Decompressor::decompress's. The CRC is not checked.
  static Result<RecordIterator> over(ByteView batch, Decompressor& decompressor);
  /// Over records that are already plain.
  RecordIterator(const BatchHeader& header, ByteView plain_records) : header_(header), rest_(plain_records) {}

  /// The next record, or null after the last; the view lives until the next call.
  /// malformed when a record does not parse, or when the header's count and the bytes disagree.
  Result<const RecordView*> next();
  const BatchHeader& header() const { return header_; }

 private:
  BatchHeader header_;
  ByteView rest_;
  std::int32_t seen_ = 0;
  RecordView current_;
};

}  // namespace streamline::record
