// A segment as a file: making, loading with its index, appending, sealing. Look-ups are in segment_read.cc.
#include "storage/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/log.h"
#include "storage/batch_scanner.h"

namespace streamline::storage {
namespace {
// Density of entries that a walk adds where the index file has none.
constexpr std::uint32_t kRebuildInterval = 32 * 1024;
constexpr std::uint64_t kSmallestReserve = 64 * 1024;
// Prewriting: none before the segment has this much, and at least so many bytes then.
constexpr std::uint64_t kIdleBytes = 4 * 1024;
constexpr std::uint64_t kFewestZeros = 16 * 1024;
// Behind a larger write the zeros would cost more than they spare.
constexpr std::uint64_t kLargestPrewrittenWrite = 32 * 1024;
constexpr std::uint64_t kBlockBytes = 4 * 1024;
}  // namespace

Segment::Segment(fs::FileSystem& file_system, std::string directory, Offset base_offset)
    : fs_(file_system), directory_(std::move(directory)), base_offset_(base_offset) {}

Result<std::shared_ptr<Segment>> Segment::create(fs::FileSystem& file_system, std::string directory, const SegmentHeader& header) {
  std::shared_ptr<Segment> segment = std::make_shared<Segment>(file_system, std::move(directory), header.base_offset);
  Result<std::unique_ptr<fs::File>> file = file_system.open(segment->path(kSegmentEnding), {.create = true});
  if (!file) return fail_with(std::move(file));
  if (Status cut = (*file)->truncate(0); !cut) return fail_with(std::move(cut));
  if (const std::string index = segment->path(kIndexEnding); file_system.exists(index)) {
    if (Status removed = file_system.remove(index); !removed) return fail_with(std::move(removed));
  }
  if (Status written = (*file)->write_at(0, encode(header)); !written) return fail_with(std::move(written));
  segment->may_be_prewritten_ = (header.flags & kPrewrittenTailFlag) != 0;
  static_cast<void>(segment->slot_.put(std::move(*file)));
  segment->loaded_ = true;
  return segment;
}

std::string Segment::path(std::string_view ending) const { return fs::join_path(directory_, offset_file_name(base_offset_, ending)); }

Result<std::shared_ptr<fs::File>> Segment::file() const {
  if (std::shared_ptr<fs::File> open = slot_.get()) return open;
  Result<std::unique_ptr<fs::File>> opened = fs_.open(path(kSegmentEnding), {});
  // Asked afterwards: what was opened before that is its own.
  if (retired_.load(std::memory_order_acquire)) return fail(Errc::not_found, fmt::format("{} has left its log", path(kSegmentEnding)));
  if (!opened) return fail_with(std::move(opened));
  return slot_.put(std::move(*opened));
}

void Segment::retire() {
  const std::lock_guard guard(load_mutex_);
  retired_.store(true, std::memory_order_release);
}

Status Segment::keep_open() {
  Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail_with(std::move(opened));
  kept_ = std::move(*opened);
  return {};
}

Status Segment::prepare() const {
  if (loaded_.load(std::memory_order_acquire)) return {};
  const std::lock_guard guard(load_mutex_);
  if (loaded_.load(std::memory_order_relaxed)) return {};
  if (retired_.load(std::memory_order_relaxed)) return fail(Errc::not_found, fmt::format("{} has left its log", path(kSegmentEnding)));
  Result<bool> whole = load_locked(limit_, IndexCheck::last_entry);
  if (!whole) return fail_with(std::move(whole));
  if (Status mended = mend_header(); !mended) return mended;
  if (Status mended = mend_index(); !mended) return mended;
  if (!*whole) {
    log::error("storage", "damaged segment is readable only in part file={} readable_bytes={}", path(kSegmentEnding), end().position);
    return {};
  }
  if (limit_ == kNoLimit) return {};
  Result<bool> reached = reaches(limit_);
  if (!reached) return fail_with(std::move(reached));
  if (!*reached) {
    log::error("storage", "records are missing between two segments file={} from={} to={}", path(kSegmentEnding), end_offset().value,
               limit_.value);
  }
  return {};
}

Result<std::int64_t> Segment::file_bytes() const {
  if (is_prepared()) return std::int64_t{end().position};
  if (const std::int64_t known = file_bytes_.load(std::memory_order_relaxed); known >= 0) return known;
  if (retired_.load(std::memory_order_acquire)) return fail(Errc::not_found, fmt::format("{} has left its log", path(kSegmentEnding)));
  // Not kept open: who asks goes on to the next one.
  const Result<std::unique_ptr<fs::File>> opened = fs_.open(path(kSegmentEnding), {.read_only = true});
  if (!opened) return fail(opened.error().code, opened.error().text);
  Result<std::uint64_t> size = (*opened)->size();
  if (!size) return fail_with(std::move(size));
  const auto bytes = static_cast<std::int64_t>(*size);
  file_bytes_.store(bytes, std::memory_order_relaxed);
  return bytes;
}

/// Nothing but people reads a complete segment's header; so a damaged one is noticed here, and made anew from the batches.
Status Segment::mend_header() const {
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  Result<std::size_t> got = (*opened)->read_at(0, bytes);
  if (!got) return fail_with(std::move(got));
  const Result<SegmentHeader> header = decode_segment_header(ByteView(bytes).first(*got));
  if (header && header->base_offset == base_offset_) return {};
  if (!header && header.error().code == Errc::unsupported) return fail(header.error().code, header.error().text);
  log::warn("storage", "segment header was damaged and is made anew file={}", path(kSegmentEnding));
  const SegmentHeader fresh{.flags = kSealedFlag,  // whether it was compacted is not known any more
                            .base_offset = base_offset_,
                            .max_offset = end_offset() - 1,
                            .base_timestamp = max_timestamp(),
                            .max_timestamp = max_timestamp(),
                            .record_count = end().relative_offset,
                            .topic_hash = topic_hash_};
  return (*opened)->write_at(0, encode(fresh));
}

/// The walk found what the index file lacked: the next start is to find it there.
Status Segment::mend_index() const {
  // One entry more may come of another density.
  if (index_.size() <= index_entries_saved_ + (index_entries_saved_ > 0 ? 1 : 0)) return {};
  log::info("storage", "index was missing or damaged and is made anew file={} entries={}", path(kIndexEnding), index_.size());
  if (Status saved = save_index_locked(); !saved) return saved;
  Result<std::unique_ptr<fs::File>> index = fs_.open(path(kIndexEnding), {});
  if (!index) return fail_with(std::move(index));
  return (*index)->sync();
}

Status Segment::load(Offset below) {
  const std::lock_guard guard(load_mutex_);
  Result<bool> whole = load_locked(below, IndexCheck::every_entry);
  if (!whole) return fail_with(std::move(whole));
  return {};
}

Result<bool> Segment::load_locked(Offset below, IndexCheck check) const {
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  const fs::File& file = **opened;
  Result<std::uint64_t> size = file.size();
  if (!size) return fail_with(std::move(size));
  if (Status indexed = load_index(below, file, {.file_bytes = *size, .check = check}); !indexed) return fail_with(std::move(indexed));
  const std::size_t entries = index_.size();
  const IndexEntry start = entries == 0 ? IndexEntry{} : index_.at(entries - 1);
  Mark at = entries == 0 ? Mark{} : Mark{start.relative_offset, start.position};
  BatchScanner scanner(file, at.position, *size);
  bool whole = true;
  // Zeros may lie behind a segment that a crash has kept from being sealed.
  while (base_offset_ + at.relative_offset < below) {
    Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch && batch.error().code != Errc::corrupt) return fail_with(std::move(batch));
    whole = batch.has_value();
    if (!batch || !*batch || (*batch)->header.base_offset >= below) break;
    const std::int64_t relative_end = (*batch)->header.next_offset() - base_offset_;
    whole = relative_end > at.relative_offset && relative_end <= INT32_MAX;
    if (!whole) break;
    note((*batch)->header, at.position, kRebuildInterval);
    at = {static_cast<std::uint32_t>(relative_end), static_cast<std::uint32_t>((*batch)->end())};
  }
  end_.store(pack(at), std::memory_order_release);
  loaded_.store(true, std::memory_order_release);
  return whole;
}

Status Segment::load_index(Offset below, const fs::File& file, const IndexLoad& how) const {
  const std::string name = path(kIndexEnding);
  Result<std::vector<std::byte>> bytes = fs_.read_file(name);
  if (!bytes) return {};  // made anew by the walk
  std::vector<IndexEntry> entries =
      SparseIndex::decode(*bytes, static_cast<std::uint32_t>(std::min<std::uint64_t>(how.file_bytes, UINT32_MAX)));
  while (!entries.empty() && base_offset_ + entries.back().relative_offset >= below) entries.pop_back();
  const std::size_t first = how.check == IndexCheck::every_entry || entries.empty() ? 0 : entries.size() - 1;
  for (std::size_t i = first; i < entries.size(); ++i) {
    std::array<std::byte, sizeof(std::int64_t)> offset{};
    Result<std::size_t> got = file.read_at(entries[i].position, offset);
    if (!got) return fail_with(std::move(got));
    if (load_be<std::int64_t>(offset.data()) == base_offset_.value + entries[i].relative_offset) continue;
    // An index that is checked at its end only is taken whole or not at all.
    entries.resize(how.check == IndexCheck::every_entry ? i : 0);
  }
  for (const IndexEntry& entry : entries) index_.add(entry);
  index_entries_saved_ = entries.size();
  if (!entries.empty()) {
    last_indexed_ = entries.back().position;
    max_timestamp_ = entries.back().max_timestamp;
  }
  if (bytes->size() == entries.size() * kIndexEntryBytes) return {};
  // What was refused must not be taken up again when the segment has grown over it.
  Result<std::unique_ptr<fs::File>> index = fs_.open(name, {});
  if (!index) return fail_with(std::move(index));
  return (*index)->truncate(entries.size() * kIndexEntryBytes);
}

Status Segment::write_again() {
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  const std::uint64_t whole = end().position;
  std::vector<std::byte> step(1U << 20U);
  for (std::uint64_t at = 0; at < whole;) {
    Result<std::size_t> got = (*opened)->read_at(at, MutableBytes(step).first(std::min<std::uint64_t>(step.size(), whole - at)));
    if (!got) return fail_with(std::move(got));
    if (*got == 0) return {};
    if (Status written = (*opened)->write_at(at, ByteView(step).first(*got)); !written) return written;
    at += *got;
  }
  return {};
}

void Segment::note(const record::BatchHeader& header, std::uint32_t position, std::uint32_t index_interval_bytes) const {
  const bool due = position > last_indexed_ && position - last_indexed_ >= index_interval_bytes;
  const std::int64_t newest = max_timestamp_.load(std::memory_order_relaxed);
  if (due) {
    index_.add({static_cast<std::uint32_t>(header.base_offset - base_offset_), position, newest});
    last_indexed_ = position;
  }
  // The time in a header without records is no record's.
  if (header.record_count > 0 && header.max_timestamp > newest) max_timestamp_.store(header.max_timestamp, std::memory_order_release);
}

void Segment::note_batch(const record::BatchHeader& header, std::uint32_t position, std::uint32_t index_interval_bytes) {
  note(header, position, index_interval_bytes);
}

void Segment::publish(Mark end) {
  slot_.set_dirty(true);
  recent_[next_recent_].store(pack(end), std::memory_order_release);
  next_recent_ = (next_recent_ + 1) % kRecent;
  end_.store(pack(end), std::memory_order_release);
}

void Segment::reserve(std::uint64_t position, std::uint64_t most_ahead) {
  if (position <= reserved_ || most_ahead == 0) return;
  const std::uint64_t ahead = std::min(most_ahead, std::max(kSmallestReserve, position));
  const std::uint64_t from = std::max<std::uint64_t>(reserved_, end().position);
  reserved_ = position + ahead;
  const Result<std::shared_ptr<fs::File>> opened = file();
  const Status reserved = opened ? (*opened)->allocate(from, reserved_ - from) : fail(opened.error().code, opened.error().text);
  if (!reserved) {
    log::debug("storage", "cannot reserve blocks file={} error={}", path(kSegmentEnding), reserved.error().text);
  }
}

void Segment::reserve_whole(std::uint64_t bytes) {
  if (bytes <= reserved_) return;
  const Result<std::shared_ptr<fs::File>> opened = file();
  const std::uint64_t from = end().position;
  if (Status reserved = opened ? (*opened)->allocate(from, bytes - from) : fail(opened.error().code, opened.error().text); !reserved) {
    log::warn("storage", "cannot preallocate the segment file={} bytes={} error={}", path(kSegmentEnding), bytes, reserved.error().text);
    return;
  }
  reserved_ = bytes;
}

std::uint64_t Segment::zeros_behind(std::uint64_t write_end, std::uint64_t bytes, std::uint64_t most) const {
  if (write_end <= prewritten_ || write_end < kIdleBytes || bytes > kLargestPrewrittenWrite) return 0;
  const std::uint64_t ahead = std::min(most, std::max(kFewestZeros, write_end));
  const std::uint64_t whole_blocks = (write_end + ahead) / kBlockBytes * kBlockBytes;
  return ahead < 8 * bytes || whole_blocks <= write_end ? 0 : whole_blocks - write_end;
}

Status Segment::seal(const SegmentHeader& header) {
  // Cutting at the end frees what was reserved behind it, and drops zeros.
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  if (Status cut = (*opened)->truncate(end().position); !cut) return cut;
  if (Status written = (*opened)->write_at(0, encode(header)); !written) return written;
  if (Status saved = save_index(); !saved) return saved;
  if (index_.size() == 0) return {};
  // A complete segment's index is believed without a look at every entry, so it has to be whole on disk.
  Result<std::unique_ptr<fs::File>> index = fs_.open(path(kIndexEnding), {});
  if (!index) return fail_with(std::move(index));
  return (*index)->sync();
}

Status Segment::save_index() const {
  const std::lock_guard guard(load_mutex_);
  return save_index_locked();
}

Status Segment::save_index_locked() const {
  const std::size_t count = index_.size();
  if (count <= index_entries_saved_) return {};
  const std::vector<std::byte> bytes = index_.encode(index_entries_saved_);
  Result<std::unique_ptr<fs::File>> file = fs_.open(path(kIndexEnding), {.create = true});
  if (!file) return fail_with(std::move(file));
  const std::uint64_t position = index_entries_saved_ * kIndexEntryBytes;
  if (Status cut = (*file)->truncate(position); !cut) return cut;
  if (Status written = (*file)->write_at(position, bytes); !written) return written;
  index_entries_saved_ += bytes.size() / kIndexEntryBytes;
  return {};
}

}  // namespace streamline::storage
