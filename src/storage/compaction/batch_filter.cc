// The choice of records, and the batch that is made of those that stay.
#include "storage/compaction/batch_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/varint.h"

namespace streamline::storage {
namespace {

constexpr std::size_t kMaxBatchBytes = std::numeric_limits<std::int32_t>::max();

ByteView key_of(const record::ParsedRecord& record) { return {record.key, static_cast<std::size_t>(record.key_size)}; }

std::int64_t time_of(const record::BatchHeader& header, const record::ParsedRecord& record) {
  if (header.timestamp_type() == record::TimestampType::log_append_time) return header.max_timestamp;
  return record::timestamp_of(header.base_timestamp, record.timestamp_delta);
}

}  // namespace

Result<BatchFilter::Outcome> BatchFilter::apply(const record::BatchView& batch) {
  if (batch.header.is_control()) return apply_marker(batch);
  if (batch.header.is_transactional()) in_transaction_.insert(batch.header.producer_id);
  return apply_data(batch);
}

Result<BatchFilter::Outcome> BatchFilter::apply_marker(const record::BatchView& batch) {
  const record::BatchHeader& header = batch.header;
  const Outcome as_it_was{.kind = Kind::kept, .header = header, .bytes = batch.bytes};
  const bool ends_something = in_transaction_.erase(header.producer_id) > 0 || rules_.aborted.is_ended_by(header);
  if (ends_something || header.next_offset() > rules_.map_end) return as_it_was;
  if (header.record_count == 0 || (header.has_delete_horizon() && rules_.now.ms >= header.base_timestamp)) return remove_all(batch);
  if (header.has_delete_horizon()) return as_it_was;
  const Result<ByteView> plain = decompressor_.decompress(header.codec(), batch.bytes.subspan(record::kBatchHeaderBytes));
  const record::ParsedRecord record = plain ? record::parse_record(*plain) : record::ParsedRecord{};
  if (!plain || record.fault != nullptr || header.record_count != 1) return as_it_was;
  kept_.assign(1, {0, record.size, time_of(header, record)});
  has_tombstone_ = true;
  return rewrite(batch, *plain);
}

BatchFilter::Outcome BatchFilter::remove_all(const record::BatchView& batch) {
  if (must_remain(batch.header)) return leave_bare(batch);
  return {.kind = Kind::dropped, .header = batch.header, .records_removed = batch.header.record_count};
}

Result<BatchFilter::Outcome> BatchFilter::apply_data(const record::BatchView& batch) {
  const record::BatchHeader& header = batch.header;
  const Outcome as_it_was{.kind = Kind::kept, .header = header, .bytes = batch.bytes};
  if (header.base_offset >= rules_.map_end) return as_it_was;
  if (rules_.aborted.contains(header)) return remove_all(batch);
  const Result<ByteView> plain = decompressor_.decompress(header.codec(), batch.bytes.subspan(record::kBatchHeaderBytes));
  if (!plain || !select(header, *plain)) {
    ++unreadable_batches_;
    return as_it_was;
  }
  if (kept_.empty()) return remove_all(batch);
  const bool wants_horizon = has_tombstone_ && !header.has_delete_horizon() && header.next_offset() <= rules_.map_end;
  if (!removed_any_ && !wants_horizon) return as_it_was;
  return rewrite(batch, *plain);
}

/// False when the records do not parse.
bool BatchFilter::select(const record::BatchHeader& header, ByteView plain) {
  kept_.clear();
  has_tombstone_ = false;
  removed_any_ = false;
  std::size_t at = 0;
  for (std::int32_t i = 0; i < header.record_count; ++i) {
    const record::ParsedRecord record = record::parse_record(plain.subspan(at));
    if (record.fault != nullptr) return false;
    if (stays(header, record)) {
      kept_.push_back({at, record.size, time_of(header, record)});
      has_tombstone_ = has_tombstone_ || record.value_size < 0;
    } else {
      removed_any_ = true;
    }
    at += record.size;
  }
  return at == plain.size();
}

bool BatchFilter::stays(const record::BatchHeader& header, const record::ParsedRecord& record) const {
  const Offset offset = header.base_offset + record.offset_delta;
  if (offset >= rules_.map_end) return true;
  if (record.key_size < 0) return false;
  if (const std::optional<Offset> newest = rules_.map.find(key_of(record)); newest && *newest > offset) return false;
  if (record.value_size >= 0) return true;
  // What could not be read may hold an older value of this key, which must not come to light.
  if (unreadable_batches_ > 0) return true;
  return !header.has_delete_horizon() || rules_.now.ms < header.base_timestamp;
}

bool BatchFilter::must_remain(const record::BatchHeader& header) const {
  if (header.next_offset() == rules_.round_end) return true;
  if (!header.has_producer_id()) return false;
  const auto last = rules_.last_offsets.find(header.producer_id);
  return last != rules_.last_offsets.end() && last->second == header.last_offset();
}

BatchFilter::Outcome BatchFilter::leave_bare(const record::BatchView& batch) {
  if (batch.header.record_count == 0 && batch.bytes.size() == record::kBatchHeaderBytes) {
    return {.kind = Kind::kept, .header = batch.header, .bytes = batch.bytes};
  }
  Outcome outcome{.kind = Kind::bare, .header = batch.header, .records_removed = batch.header.record_count};
  outcome.header.attributes = static_cast<std::int16_t>(outcome.header.attributes & ~(record::kCodecMask | record::kDeleteHorizonBit));
  outcome.header.base_timestamp = record::kNoTimestamp;
  outcome.header.record_count = 0;
  assemble(outcome.header, {});
  outcome.bytes = batch_;
  return outcome;
}

Result<BatchFilter::Outcome> BatchFilter::rewrite(const record::BatchView& batch, ByteView plain) {
  Outcome outcome{.kind = Kind::rewritten, .header = batch.header};
  record::BatchHeader& header = outcome.header;
  outcome.records_removed = header.record_count - static_cast<std::int32_t>(kept_.size());
  records_.clear();
  if (has_tombstone_ && !header.has_delete_horizon() && header.next_offset() <= rules_.map_end) {
    header.attributes = static_cast<std::int16_t>(header.attributes | record::kDeleteHorizonBit);
    // A retention without end stays without end.
    const bool ends = rules_.delete_retention_ms < std::numeric_limits<std::int64_t>::max() - rules_.now.ms;
    header.base_timestamp = ends ? rules_.now.ms + rules_.delete_retention_ms : std::numeric_limits<std::int64_t>::max();
    encode_records(plain, header.base_timestamp);
  } else {
    copy_records(plain);
  }
  header.record_count = static_cast<std::int32_t>(kept_.size());
  if (header.timestamp_type() == record::TimestampType::create_time) {
    header.max_timestamp = std::ranges::max_element(kept_, {}, &Kept::timestamp)->timestamp;
  }
  const Result<ByteView> packed = compressor_.compress(header.codec(), records_);
  if (!packed) return std::unexpected(packed.error());
  if (packed->size() > kMaxBatchBytes - record::kBatchHeaderBytes) {
    return fail(Errc::too_large, fmt::format("the batch at offset {} would grow beyond 2 GiB", header.base_offset.value));
  }
  assemble(header, *packed);
  outcome.bytes = batch_;
  return outcome;
}

/// Times are kept relative to the same base, so the records' own bytes stay.
void BatchFilter::copy_records(ByteView plain) {
  for (const Kept& kept : kept_) {
    const ByteView record = plain.subspan(kept.from, kept.size);
    records_.insert(records_.end(), record.begin(), record.end());
  }
}

void BatchFilter::encode_records(ByteView plain, std::int64_t base_timestamp) {
  for (const Kept& kept : kept_) {
    const ByteView record = plain.subspan(kept.from, kept.size);
    const Varint<std::int32_t> length = read_varint32(record);
    const std::byte attributes = record[length.size];
    const Varint<std::int64_t> old_delta = read_varint64(record.subspan(length.size + 1));
    const ByteView rest = record.subspan(length.size + 1 + old_delta.size);
    // Backwards what timestamp_of() does, and wrapping like it.
    const auto delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(kept.timestamp) - static_cast<std::uint64_t>(base_timestamp));
    std::byte front[kMaxVarint32Bytes + 1 + kMaxVarint64Bytes];
    std::size_t size = write_varint32(front, static_cast<std::int32_t>(1 + varint_size(delta) + rest.size()));
    front[size++] = attributes;
    size += write_varint64(front + size, delta);
    records_.insert(records_.end(), front, front + size);
    records_.insert(records_.end(), rest.begin(), rest.end());
  }
}

void BatchFilter::assemble(record::BatchHeader& header, ByteView records) {
  batch_.resize(record::kBatchHeaderBytes + records.size());
  std::ranges::copy(records, batch_.begin() + record::kBatchHeaderBytes);
  header.batch_length = static_cast<std::int32_t>(batch_.size() - record::kBatchPrefixBytes);
  record::write_batch_header(batch_.data(), header);
  header.crc = record::compute_crc(batch_);
  record::write_batch_header(batch_.data(), header);
}

}  // namespace streamline::storage
