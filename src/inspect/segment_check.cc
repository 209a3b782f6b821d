// Walks one segment and tells what does not hold.
#include "inspect/segment_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "record/record_iterator.h"
#include "storage/layout.h"

namespace streamline::inspect {

using storage::kIndexEntryBytes;
using storage::kSegmentHeaderBytes;

SegmentCheck::SegmentCheck(fs::FileSystem& file_system, const SegmentPlace& place, CheckReport& report, StateCheck& state)
    : fs_(file_system),
      place_(place),
      report_(report),
      state_(state),
      path_(fs::join_path(place.directory, storage::offset_file_name(place.base, storage::kSegmentEnding))),
      end_offset_(place.base),
      epoch_(place.last_epoch) {
  repair_.base = place.base;
  repair_.next_base = place.next_base.value_or(Offset(INT64_MAX));
}

Finding SegmentCheck::at(Severity severity, std::string_view what, std::uint64_t position, std::string text) const {
  return {.severity = severity, .what = what, .file = path_, .position = position, .text = std::move(text)};
}

/// Without a header nobody knows whether the segment was compacted.
bool SegmentCheck::gaps_allowed() const {
  return place_.gaps == Gaps::allowed || !header_ || (header_->flags & storage::kVerbatimFlag) == 0;
}

void SegmentCheck::run() {
  Result<std::unique_ptr<fs::File>> file = fs_.open(path_, {.read_only = true});
  if (!file) return report_.error("unreadable", path_, file.error().text);
  file_ = std::move(*file);
  check_header();
  if (!is_ours_) return;
  load_index();
  if (const Status walked = walk(); !walked) {
    report_.add(at(Severity::error, "unreadable", end_position_, walked.error().text));
    // What cannot be read cannot be mended by copying it.
    repair_ = {};
    return;
  }
  check_sealed();
  plan_header();
  // Behind damage the index is made anew in any case.
  if (index_problem_.empty() || !repair_.bad.empty()) return;
  repair_.index_is_bad = true;
  report_.note("index", path_.substr(0, path_.size() - storage::kSegmentEnding.size()) + std::string(storage::kIndexEnding),
               index_problem_ + "; it is made anew");
}

void SegmentCheck::check_header() {
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  const Result<std::size_t> got = file_->read_at(0, bytes);
  Result<storage::SegmentHeader> header =
      got ? storage::decode_segment_header(ByteView(bytes).first(*got)) : fail(got.error().code, got.error().text);
  if (header && header->topic_hash != place_.topic_hash) {
    is_ours_ = false;
    return report_.error("foreign_segment", path_, "the file belongs to another topic; the broker refuses the partition");
  }
  if (header && header->base_offset == place_.base) {
    header_ = *header;
    return;
  }
  if (!header && header.error().code == Errc::unsupported) return report_.error("segment_header", path_, header.error().text);
  const std::string why = header ? fmt::format("the header is of offset {}", header->base_offset.value) : header.error().text;
  report_.note("segment_header", path_, why + "; it is made anew");
  header_is_wrong_ = true;
}

void SegmentCheck::load_index() {
  const std::string path = fs::join_path(place_.directory, storage::offset_file_name(place_.base, storage::kIndexEnding));
  const Result<std::vector<std::byte>> bytes = fs_.read_file(path);
  if (!bytes) {
    if (bytes.error().code != Errc::not_found) index_problem_ = bytes.error().text;
    return;
  }
  index_ = storage::SparseIndex::decode(*bytes, UINT32_MAX);
  const std::size_t read = index_.size() * kIndexEntryBytes;
  if (read != bytes->size()) index_problem_ = fmt::format("no rising entry at byte {} of {}", read, bytes->size());
}

Status SegmentCheck::walk() {
  const Result<std::uint64_t> size = file_->size();
  if (!size) return fail(size.error().code, size.error().text);
  end_position_ = std::min<std::uint64_t>(kSegmentHeaderBytes, *size);
  BatchReader reader(*file_, kSegmentHeaderBytes, *size, place_.base);
  while (!reached_next_) {
    Result<std::optional<Piece>> piece = reader.next();
    if (!piece) return fail_with(std::move(piece));
    if (!*piece) break;
    report_.read_bytes((*piece)->size);
    if ((*piece)->kind == PieceKind::batch) {
      take_batch(**piece);
    } else {
      take_bad(**piece);
    }
  }
  check_end(*size);
  return {};
}

void SegmentCheck::take_batch(const Piece& piece) {
  const record::BatchHeader& header = *piece.header;
  if (place_.next_base && header.base_offset >= *place_.next_base) {
    reached_next_ = true;
    return report_.add(
        at(Severity::note, "behind_end", piece.position, "bytes of a write that failed lie behind the segment's end; nobody reads them"));
  }
  settle_bad(header.base_offset);
  check_order(piece);
  check_records(piece);
  check_index(piece);
  state_.take(header, piece.bytes, place_.now);
  epoch_ = std::max(epoch_, header.leader_epoch);
  end_offset_ = header.next_offset();
  end_position_ = piece.end();
  max_timestamp_ = std::max(max_timestamp_, header.max_timestamp);
  ++report_.summary().batches;
  report_.summary().bytes += piece.size;
}

void SegmentCheck::check_order(const Piece& piece) {
  const record::BatchHeader& header = *piece.header;
  if (header.base_offset > end_offset_ && !gaps_allowed()) {
    Finding gap = at(Severity::error, "missing_offsets", piece.position, "no batch holds these offsets, and the topic is not compacted");
    gap.offset = end_offset_.value;
    gap.last_offset = header.base_offset.value - 1;
    report_.add(std::move(gap));
  }
  if (place_.next_base && header.next_offset() > *place_.next_base) {
    Finding overlap = at(Severity::error, "overlap", piece.position, "the batch reaches into the next segment");
    overlap.offset = place_.next_base->value;
    overlap.last_offset = header.last_offset().value;
    report_.add(std::move(overlap));
  }
  if (header.leader_epoch < epoch_) {
    Finding back = at(Severity::error, "epoch_order", piece.position,
                      fmt::format("leader epoch {} after {}", header.leader_epoch.value, epoch_.value));
    back.offset = header.base_offset.value;
    report_.add(std::move(back));
  }
}

void SegmentCheck::check_records(const Piece& piece) {
  std::string fault = walk_records(piece);
  if (fault.empty()) return;
  Finding finding = at(Severity::error, "records", piece.position, fault + "; the batch is as its producer sent it and is left");
  finding.offset = piece.header->base_offset.value;
  finding.last_offset = piece.header->last_offset().value;
  report_.add(std::move(finding));
}

std::string SegmentCheck::walk_records(const Piece& piece) {
  Result<record::RecordIterator> records = record::RecordIterator::over(piece.bytes, decompressor_);
  if (!records) return records.error().text;
  std::int64_t before = -1;
  for (;;) {
    const Result<const record::RecordView*> record = records->next();
    if (!record) return record.error().text;
    if (*record == nullptr) return {};
    const std::int64_t delta = (*record)->offset_delta;
    if (delta <= before || delta > piece.header->last_offset_delta) return fmt::format("a record's offset delta is {}", delta);
    before = delta;
    ++report_.summary().records;
  }
}

void SegmentCheck::check_index(const Piece& piece) {
  if (index_place_ >= index_.size() || !index_problem_.empty()) return;
  const storage::IndexEntry& entry = index_[index_place_];
  if (piece.position < entry.position) return;
  const bool right = piece.position == entry.position && piece.header->base_offset - place_.base == entry.relative_offset &&
                     entry.max_timestamp >= max_timestamp_;
  if (!right) index_problem_ = fmt::format("entry {} names position {}, where no such batch is", index_place_, entry.position);
  ++index_place_;
}

/// Told when it is known which offsets are lost.
void SegmentCheck::take_bad(const Piece& piece) {
  if (piece.kind == PieceKind::zeros) return;
  const bool whole = place_.next_base && end_offset_ >= *place_.next_base;
  if (piece.kind == PieceKind::torn && whole) {
    reached_next_ = true;
    return report_.add(at(Severity::note, "behind_end", piece.position, "bytes of a write that failed lie behind the segment's end"));
  }
  if (piece.kind == PieceKind::torn && !place_.next_base) {
    Finding torn = at(Severity::note, "torn_tail", piece.position,
                      fmt::format("{} bytes of a write that was interrupted are cut at the next start: {}", piece.size, piece.reason));
    torn.offset = end_offset_.value;
    return report_.add(std::move(torn));
  }
  open_bad_ = BadStretch{.from = piece.position, .to = piece.end(), .first_lost = end_offset_, .next = end_offset_, .leader_epoch = epoch_};
  bad_reason_ = piece.reason;
}

void SegmentCheck::settle_bad(Offset next) {
  if (!open_bad_) return;
  open_bad_->next = next;
  Finding finding = at(Severity::error, "damaged", open_bad_->from,
                       fmt::format("{} bytes are no batch: {}", open_bad_->to - open_bad_->from, bad_reason_));
  if (next > open_bad_->first_lost) {
    finding.offset = open_bad_->first_lost.value;
    finding.last_offset = next.value - 1;
  }
  report_.add(std::move(finding));
  end_offset_ = next;
  end_position_ = open_bad_->to;
  repair_.bad.push_back(*std::exchange(open_bad_, std::nullopt));
}

void SegmentCheck::check_end(std::uint64_t file_bytes) {
  if (open_bad_) settle_bad(place_.next_base.value_or(end_offset_));
  repair_.end = end_position_;
  if (index_place_ < index_.size() && index_problem_.empty()) {
    index_problem_ = fmt::format("entry {} names position {}, behind the last batch", index_place_, index_[index_place_].position);
  }
  const bool sealed_with_more = header_ && header_->is_sealed() && header_->max_offset >= end_offset_;
  if (!place_.next_base || end_offset_ >= *place_.next_base || (gaps_allowed() && !sealed_with_more)) return;
  Finding gap = at(Severity::error, "missing_offsets", std::min(end_position_, file_bytes), "the segment ends before the next one starts");
  gap.offset = end_offset_.value;
  gap.last_offset = place_.next_base->value - 1;
  report_.add(std::move(gap));
  // The broker would take the next segment for one behind a hole and set it aside.
  repair_.bad.push_back(
      {.from = end_position_, .to = end_position_, .first_lost = end_offset_, .next = *place_.next_base, .leader_epoch = epoch_});
  end_offset_ = *place_.next_base;
}

void SegmentCheck::check_sealed() {
  if (!header_ || !header_->is_sealed() || !repair_.bad.empty()) return;
  if (header_->max_offset >= end_offset_) {
    Finding lost =
        at(Severity::error, "missing_offsets", end_position_, "the segment was complete with these offsets and ends earlier now");
    lost.offset = end_offset_.value;
    lost.last_offset = header_->max_offset.value;
    return report_.add(std::move(lost));
  }
  if (header_->max_offset == end_offset_ - 1 && header_->max_timestamp == max_timestamp_) return;
  header_is_wrong_ = true;
  report_.note("segment_header", path_,
               fmt::format("it says that offset {} and time {} are the last, the batches say {} and {}; it is made anew",
                           header_->max_offset.value, header_->max_timestamp, end_offset_.value - 1, max_timestamp_));
}

/// What the header has to say after the repair. Whether a segment whose header is gone was compacted nobody knows: then gaps are allowed.
void SegmentCheck::plan_header() {
  if (!header_is_wrong_ && (repair_.bad.empty() || !header_ || !header_->is_sealed())) return;
  storage::SegmentHeader header = header_.value_or(storage::SegmentHeader{.flags = 0,
                                                                          .base_offset = place_.base,
                                                                          .base_timestamp = std::max(max_timestamp_, std::int64_t{0}),
                                                                          .leader_epoch = place_.last_epoch,
                                                                          .topic_hash = place_.topic_hash});
  header.max_offset = place_.base - 1;
  if (place_.next_base) {
    header.flags |= storage::kSealedFlag;
    header.max_offset = end_offset_ - 1;
    header.max_timestamp = max_timestamp_;
    header.record_count = static_cast<std::uint32_t>(end_offset_ - place_.base);
  }
  repair_.header = header;
}

}  // namespace streamline::inspect
