// Choosing a snapshot, taking batches, and mending the files.
#include "storage/transaction_recovery.h"

#include <array>
#include <optional>
#include <utility>

#include "base/log.h"
#include "record/end_marker.h"
#include "storage/layout.h"

namespace streamline::storage {
namespace {

constexpr Offset kNever{INT64_MAX};
/// Far more than a marker of any version takes.
constexpr std::size_t kMostMarkerBytes = 4096;

Offset end_of(TransactionRecovery::Segments segments, std::size_t place) {
  return place + 1 < segments.size() ? segments[place + 1]->base_offset() : kNever;
}

/// Nothing for a control batch that is none.
Result<std::optional<record::EndMarker>> read_marker(const ScannedBatch& batch, const fs::File& file) {
  if (batch.header.size_bytes() > kMostMarkerBytes) return std::optional<record::EndMarker>{};
  std::array<std::byte, kMostMarkerBytes> bytes{};
  const MutableBytes wanted = MutableBytes(bytes).first(batch.header.size_bytes());
  Result<std::size_t> got = file.read_at(batch.position, wanted);
  if (!got) return fail_with(std::move(got));
  const Result<record::EndMarker> marker = record::read_end_marker(wanted.first(*got));
  return marker ? std::optional(*marker) : std::nullopt;
}

}  // namespace

std::string TransactionRecovery::path(Offset base) const { return fs::join_path(directory_, offset_file_name(base, kAbortedEnding)); }

void TransactionRecovery::start_at(Offset offset) {
  reset({});
  from_ = offset;
}

void TransactionRecovery::reset(const TransactionSnapshot& known) {
  transactions = {};
  aborted = {};
  for (const TransactionEntry& entry : known.entries) transactions.restore(entry);
}

Status TransactionRecovery::load(Segments segments, StoredSnapshots& snapshots, const StoredSnapshots::Found& newest) {
  const Offset first = segments.front()->base_offset();
  if (Status read = read_files(segments); !read) return read;
  if (holds(newest.transactions, first, newest.offset)) {
    restore(newest.transactions, newest.offset);
    return {};
  }
  log::info("storage", "indexes of aborted transactions are made anew from the batches directory={}", directory_);
  for (Offset below = newest.offset; below > first;) {
    Result<std::optional<StoredSnapshots::Found>> older = snapshots.newest(first, below - 1);
    if (!older) return fail_with(std::move(older));
    if (!*older) break;
    below = (*older)->offset;
    if (!holds((*older)->transactions, first, below)) continue;
    restore((*older)->transactions, below);
    return {};
  }
  start_at(first);
  return {};
}

/// A file may hold more than its segment: the run of segments that compaction was about to put in its place.
Status TransactionRecovery::read_files(Segments segments) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Offset base = segments[i]->base_offset();
    if (!files_.contains(base)) continue;
    Result<std::vector<std::byte>> bytes = fs_.read_file(path(base));
    if (!bytes && bytes.error().code != Errc::not_found) return fail_with(std::move(bytes));
    Result<AbortedIndex> index = AbortedIndex::decode(bytes ? ByteView(*bytes) : ByteView());
    if (!index && index.error().code == Errc::unsupported) return fail_with(std::move(index));
    // Whoever needs it finds that out by what the snapshots say.
    if (!index) continue;
    index->cut(end_of(segments, i));
    index->drop_below(base);
    read_[base] = index->range(base, end_of(segments, i));
    for (const AbortedTransaction& transaction : index->all()) told_.add(transaction);
  }
  return {};
}

/// Whether the files say of all markers in [first, offset) what the snapshot says. Of segments that were deleted it may say more.
bool TransactionRecovery::holds(const TransactionSnapshot& snapshot, Offset first, Offset offset) const {
  std::uint32_t count = 0;
  for (const AbortedRange& range : snapshot.aborted) {
    if (range.from < first) continue;
    if (told_.range(range.from, range.to) != range) return false;
    count += range.count;
  }
  return told_.range(first, offset).count == count;
}

void TransactionRecovery::restore(const TransactionSnapshot& snapshot, Offset offset) {
  reset(snapshot);
  aborted = told_;
  aborted.cut(offset);
  from_ = offset;
}

Status TransactionRecovery::take(const ScannedBatch& batch, const fs::File& file) {
  const record::BatchHeader& header = batch.header;
  if (header.base_offset < from_ || !header.has_producer_id()) return {};
  if (header.is_control()) {
    const auto marker = read_marker(batch, file);
    if (!marker) return fail(marker.error().code, marker.error().text);
    if (!*marker) return {};
    if (const auto ended = transactions.apply(**marker, header.base_offset)) aborted.add(*ended);
  } else if (header.is_transactional()) {
    transactions.apply(header);
  }
  transactions.commit();
  if (!transactions.is_idle()) transactions.note_high_watermark(header.next_offset());
  return {};
}

Result<std::uint32_t> TransactionRecovery::settle(Segments segments) {
  std::uint32_t made = 0;
  std::set<Offset> left = files_;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Offset base = segments[i]->base_offset();
    left.erase(base);
    // The last one's file is the next checkpoint's, as its producers are.
    if (i + 1 == segments.size()) break;
    const AbortedRange range = aborted.range(base, end_of(segments, i));
    const auto read = read_.find(base);
    if (range.count == 0 && files_.contains(base)) left.insert(base);
    if (range.count == 0 || (read != read_.end() && read->second == range)) continue;
    if (Status saved = fs::replace_file(fs_, path(base), aborted.encode(base, range.to)); !saved) return fail_with(std::move(saved));
    files_.insert(base);
    ++made;
  }
  for (const Offset base : left) {
    if (Status removed = fs_.remove(path(base)); !removed && removed.error().code != Errc::not_found) return fail_with(std::move(removed));
    files_.erase(base);
  }
  // Back after a power loss, it would speak of other records at these offsets.
  if (!left.empty()) {
    if (Status synced = fs_.sync_directory(directory_); !synced) return fail_with(std::move(synced));
  }
  return made;
}

}  // namespace streamline::storage
