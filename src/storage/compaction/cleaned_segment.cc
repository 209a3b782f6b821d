// Writing the new segment, and the members of Segment that only compaction needs.
#include "storage/compaction/cleaned_segment.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <utility>

#include "base/log.h"
#include "storage/compaction/swap.h"

namespace streamline::storage {
namespace {
constexpr std::size_t kStepBytes = 1U << 20U;
/// What one sync may have to write: a larger one would hold up the syncs that acks wait for.
constexpr std::uint64_t kSyncBytes = 32U << 20U;
}  // namespace

Result<std::shared_ptr<Segment>> Segment::create_cleaned(fs::FileSystem& file_system, std::string directory, Offset base_offset) {
  std::shared_ptr<Segment> segment = std::make_shared<Segment>(file_system, std::move(directory), base_offset);
  const std::string index = segment->path(kIndexEnding) + std::string(kCleanedEnding);
  if (Status removed = file_system.remove(index); !removed && removed.error().code != Errc::not_found) return fail_with(std::move(removed));
  Result<std::unique_ptr<fs::File>> file = file_system.open(segment->path(kSegmentEnding) + std::string(kCleanedEnding), {.create = true});
  if (!file) return fail_with(std::move(file));
  if (Status cut = (*file)->truncate(0); !cut) return fail_with(std::move(cut));
  static_cast<void>(segment->slot_.put(std::move(*file)));
  segment->loaded_ = true;
  return segment;
}

Status Segment::save_cleaned_index() const {
  const std::lock_guard guard(load_mutex_);
  if (index_.size() == 0) return {};
  Result<std::unique_ptr<fs::File>> file = fs_.open(path(kIndexEnding) + std::string(kCleanedEnding), {.create = true, .exclusive = true});
  if (!file) return fail_with(std::move(file));
  if (Status written = (*file)->write_at(0, index_.encode(0)); !written) return written;
  index_entries_saved_ = index_.size();
  return (*file)->sync();
}

Result<SegmentHeader> Segment::read_header() const {
  Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail_with(std::move(opened));
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  Result<std::size_t> got = (*opened)->read_at(0, bytes);
  if (!got) return fail_with(std::move(got));
  return decode_segment_header(ByteView(bytes).first(*got));
}

Result<bool> Segment::reaches(Offset next_base) const {
  if (end_offset() == next_base) return true;
  Result<SegmentHeader> header = read_header();
  if (!header && (header.error().code == Errc::malformed || header.error().code == Errc::corrupt)) return false;
  if (!header) return fail_with(std::move(header));
  return header->is_sealed() && (header->flags & kVerbatimFlag) == 0 && header->base_offset == base_offset_ &&
         header->max_offset + 1 == end_offset() && end_offset() < next_base;
}

CleanedSegment::CleanedSegment(fs::FileSystem& file_system, std::shared_ptr<Segment> segment, const SegmentHeader& header,
                               std::uint32_t index_interval_bytes)
    : fs_(&file_system), segment_(std::move(segment)), header_(header), index_interval_bytes_(index_interval_bytes) {
  header_.flags = kSealedFlag;
  header_.max_offset = header_.base_offset - 1;
  header_.max_timestamp = -1;
  header_.record_count = 0;
  header_.codec = kMixedCodec;
}

Result<CleanedSegment> CleanedSegment::create(fs::FileSystem& file_system, const std::string& directory, const SegmentHeader& header,
                                              std::uint32_t index_interval_bytes) {
  Result<std::shared_ptr<Segment>> segment = Segment::create_cleaned(file_system, directory, header.base_offset);
  if (!segment) return fail_with(std::move(segment));
  Result<std::shared_ptr<fs::File>> file = (*segment)->file();
  if (!file) return fail_with(std::move(file));
  CleanedSegment cleaned(file_system, std::move(*segment), header, index_interval_bytes);
  cleaned.file_ = std::move(*file);
  return cleaned;
}

Status CleanedSegment::append(const record::BatchHeader& header, ByteView bytes) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max() - at_.position) {
    return fail(Errc::too_large, fmt::format("the segment at offset {} would grow beyond 4 GiB", header_.base_offset.value));
  }
  segment_->note_batch(header, at_.position, index_interval_bytes_);
  at_.position += static_cast<std::uint32_t>(bytes.size());
  at_.relative_offset = static_cast<std::uint32_t>(header.next_offset() - header_.base_offset);
  header_.max_offset = header.last_offset();
  header_.record_count += static_cast<std::uint32_t>(header.record_count);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return buffer_.size() < kStepBytes ? Status{} : flush();
}

Status CleanedSegment::flush() {
  if (buffer_.empty()) return {};
  if (Status written = file_->write_at(written_, buffer_); !written) return written;
  written_ += buffer_.size();
  buffer_.clear();
  if (written_ - synced_ < kSyncBytes) return {};
  synced_ = written_;
  return file_->sync();
}

Status CleanedSegment::write_out() {
  if (Status flushed = flush(); !flushed) return flushed;
  header_.max_timestamp = segment_->max_timestamp();
  if (Status written = file_->write_at(0, encode(header_)); !written) return written;
  if (Status synced = file_->sync(); !synced) return synced;
  segment_->publish(at_);
  return {};
}

Result<std::shared_ptr<Segment>> CleanedSegment::finish() {
  if (Status saved = segment_->save_cleaned_index(); !saved) return fail_with(std::move(saved));
  return segment_;
}

void CleanedSegment::discard() {
  for (const std::string_view ending : {kSegmentEnding, kIndexEnding}) {
    const std::string path = segment_->path(ending) + std::string(kCleanedEnding);
    const Status removed = fs_->remove(path);
    if (removed || removed.error().code == Errc::not_found) continue;
    log::debug("storage", "file stays until the next compaction file={} error={}", path, removed.error().text);
  }
}

}  // namespace streamline::storage
