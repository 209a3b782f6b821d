// From the records of batches to messages.
#include "record/legacy/downgrade.h"

#include <algorithm>
#include <utility>

#include "record/legacy/lz4_checksum.h"

namespace streamline::record::legacy {

namespace {

std::int8_t attributes_of(const BatchHeader& header, std::int8_t magic, Codec codec) {
  auto attributes = static_cast<std::int8_t>(codec);
  if (magic > 0 && header.timestamp_type() == TimestampType::log_append_time) attributes |= kLogAppendTimeBit;
  return attributes;
}

}  // namespace

Result<Downgrade::Room> Downgrade::add(ByteView batch) {
  const auto header = read_batch_header(batch);
  if (!header) return fail(header.error().code, header.error().text);
  if (header->is_control() || header->record_count == 0) return Room::left;
  if (header->codec() == Codec::zstd) {
    if (!set_.empty()) return Room::used_up;
    return fail(Errc::unsupported_codec, "clients of message formats 0 and 1 cannot read zstd");
  }
  auto records = RecordIterator::over(batch, decompressor_);
  if (!records) return fail_with(std::move(records));
  return header->codec() == Codec::none ? add_plain(*records) : add_wrapped(*records);
}

Message Downgrade::message_of(const RecordView& record, const BatchHeader& header) const {
  Message message;
  message.offset = record.offset;
  message.magic = options_.magic;
  message.attributes = attributes_of(header, options_.magic, Codec::none);
  if (options_.magic > 0) message.timestamp = record.timestamp;
  message.key = record.key;
  message.value = record.value;
  return message;
}

Downgrade::Room Downgrade::put(const Message& message) {
  const bool fits = set_.size() + message.encoded_size() <= options_.max_bytes;
  if (!fits && (!set_.empty() || options_.first_too_large == FirstTooLarge::none)) return Room::used_up;
  append_message(set_, message);
  if (!fits && options_.first_too_large == FirstTooLarge::cut) set_.resize(options_.max_bytes);
  return fits ? Room::left : Room::used_up;
}

Result<Downgrade::Room> Downgrade::add_plain(RecordIterator& records) {
  while (true) {
    const auto record = records.next();
    if (!record) return fail(record.error().code, record.error().text);
    if (*record == nullptr) return Room::left;
    if ((*record)->offset < options_.first_offset) continue;
    if (put(message_of(**record, records.header())) == Room::used_up) return Room::used_up;
  }
}

Result<Downgrade::Room> Downgrade::add_wrapped(RecordIterator& records) {
  const BatchHeader& header = records.header();
  inner_.clear();
  Message wrapper;
  Offset first{0};
  while (true) {
    const auto record = records.next();
    if (!record) return fail(record.error().code, record.error().text);
    if (*record == nullptr) break;
    Message message = message_of(**record, header);
    if (inner_.empty()) first = message.offset;
    wrapper.offset = message.offset;
    // The highest time of what is left: compaction may have removed the record that the header's maximum came from.
    wrapper.timestamp = std::max(wrapper.timestamp, message.timestamp);
    if (options_.magic > 0) message.offset = Offset(message.offset.value - first.value);
    append_message(inner_, message);
  }
  auto compressed = compressor_.compress(header.codec(), inner_);
  if (!compressed) return fail_with(std::move(compressed));
  value_.assign(compressed->begin(), compressed->end());
  if (header.codec() == Codec::lz4 && options_.magic == 0) set_old_checksum(value_);
  wrapper.magic = options_.magic;
  wrapper.attributes = attributes_of(header, options_.magic, header.codec());
  wrapper.value = value_;
  return put(wrapper);
}

}  // namespace streamline::record::legacy
