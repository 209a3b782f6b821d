// Walking records and their headers.
#include "record/record_iterator.h"

#include <fmt/format.h>

#include "record/record_parser.h"

namespace streamline::record {

namespace {

std::optional<ByteView> nullable(const std::byte* at, std::int32_t size) {
  if (size < 0) return std::nullopt;
  return ByteView(at, static_cast<std::size_t>(size));
}

struct ParsedHeader {
  HeaderView header;
  std::size_t size = 0;
};

ParsedHeader parse_header(ByteView bytes) {
  RecordCursor cursor(bytes);
  const auto key_size = static_cast<std::size_t>(cursor.varint32());
  const std::string_view key(reinterpret_cast<const char*>(cursor.at()), key_size);
  cursor.skip(static_cast<std::int32_t>(key_size));
  const std::int32_t value_size = cursor.varint32();
  const auto value = nullable(cursor.at(), value_size);
  cursor.skip(value_size);
  return {.header = {.key = key, .value = value}, .size = bytes.size() - cursor.left()};
}

}  // namespace

HeaderView HeaderRange::Iterator::operator*() const { return parse_header(rest_).header; }

HeaderRange::Iterator& HeaderRange::Iterator::operator++() {
  rest_ = rest_.subspan(parse_header(rest_).size);
  return *this;
}

Result<RecordIterator> RecordIterator::over(ByteView batch, Decompressor& decompressor) {
  auto header = read_batch_header(batch);
  if (!header) return fail_with(std::move(header));
  if (header->size_bytes() != batch.size()) {
    return fail(Errc::malformed, fmt::format("batch says {} bytes, there are {}", header->size_bytes(), batch.size()));
  }
  auto plain = decompressor.decompress(header->codec(), batch.subspan(kBatchHeaderBytes));
  if (!plain) return fail_with(std::move(plain));
  return RecordIterator(*header, *plain);
}

Result<const RecordView*> RecordIterator::next() {
  if (seen_ == header_.record_count) {
    if (!rest_.empty()) return fail(Errc::malformed, fmt::format("{} bytes behind the last record of the batch", rest_.size()));
    return nullptr;
  }
  const ParsedRecord parsed = parse_record(rest_);
  if (parsed.fault != nullptr) return fail(Errc::malformed, fmt::format("record {} of the batch: {}", seen_, parsed.fault));
  current_ = RecordView{
      .offset = header_.base_offset + parsed.offset_delta,
      .timestamp = header_.timestamp_type() == TimestampType::log_append_time
                       ? header_.max_timestamp
                       : timestamp_of(header_.base_timestamp, parsed.timestamp_delta),
      .key = nullable(parsed.key, parsed.key_size),
      .value = nullable(parsed.value, parsed.value_size),
      .headers = HeaderRange(parsed.headers, parsed.header_count),
      .offset_delta = parsed.offset_delta,
      .size = parsed.size,
  };
  rest_ = rest_.subspan(parsed.size);
  ++seen_;
  return &current_;
}

}  // namespace streamline::record
