// Replays the batches as recovery does, and compares.
#include "inspect/state_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/end_marker.h"
#include "storage/layout.h"

namespace streamline::inspect {

using storage::EpochCache;
using storage::ProducerEntry;
using storage::ProducerTable;

void StateCheck::wrong(Finding finding) {
  wrong_.push_back(finding.file);
  report_.add(std::move(finding));
}

void StateCheck::load(const std::vector<Offset>& snapshots, const std::vector<Offset>& aborted) {
  load_epochs();
  for (const Offset base : aborted) load_aborted(base);
  for (const Offset offset : snapshots) {
    const std::string path = fs::join_path(directory_, storage::offset_file_name(offset, storage::kProducersEnding));
    Result<std::vector<std::byte>> bytes = fs_.read_file(path);
    Result<ProducerTable::Snapshot> snapshot =
        bytes ? ProducerTable::decode(*bytes) : Result<ProducerTable::Snapshot>(fail_with(std::move(bytes)));
    if (!snapshot) {
      wrong({.severity = Severity::note, .what = "producers", .file = path, .text = snapshot.error().text + "; it is made anew"});
    } else if (snapshot->offset != offset) {
      wrong({.severity = Severity::note,
             .what = "producers",
             .file = path,
             .text = fmt::format("it is of offset {}; it is made anew", snapshot->offset.value)});
    } else {
      snapshots_.push_back({path, offset, std::move(snapshot->table)});
    }
  }
}

void StateCheck::load_epochs() {
  const std::string path = fs::join_path(directory_, storage::kEpochsName);
  const Result<std::vector<std::byte>> bytes = fs_.read_file(path);
  if (!bytes && bytes.error().code == Errc::not_found) return;
  Result<EpochCache> epochs = bytes ? EpochCache::decode(*bytes) : fail(bytes.error().code, bytes.error().text);
  if (epochs) {
    epochs_file_ = EpochsFile::loaded;
    epochs_ = std::move(*epochs);
    return;
  }
  epochs_file_ = EpochsFile::unreadable;
  if (epochs.error().code == Errc::unsupported) {
    report_.error("epochs", path, epochs.error().text);
  } else {
    wrong({.severity = Severity::note, .what = "epochs", .file = path, .text = epochs.error().text + "; it is made anew"});
  }
}

void StateCheck::load_aborted(Offset base) {
  const std::string path = fs::join_path(directory_, storage::offset_file_name(base, storage::kAbortedEnding));
  const Result<std::vector<std::byte>> bytes = fs_.read_file(path);
  Result<storage::AbortedIndex> index = bytes ? storage::AbortedIndex::decode(*bytes) : fail(bytes.error().code, bytes.error().text);
  if (index) {
    aborted_.push_back({path, std::move(*index)});
  } else {
    wrong({.severity = Severity::note, .what = "aborted", .file = path, .text = index.error().text + "; it is made anew"});
  }
}

/// Who is told of an abort that never was drops records that were committed.
void StateCheck::compare_aborted() {
  for (const LoadedAborted& file : aborted_) {
    for (const storage::AbortedTransaction& each : file.index.all()) {
      const auto marker = std::ranges::lower_bound(aborts_, each.marker, {}, &Abort::offset);
      if (marker != aborts_.end() && marker->offset == each.marker && marker->producer_id == each.producer_id) continue;
      wrong({.severity = Severity::note,
             .what = "aborted",
             .file = file.path,
             .offset = each.marker.value,
             .text = fmt::format("producer {} has no abort marker at that offset; it is made anew", each.producer_id.value)});
      break;
    }
  }
}

void StateCheck::take(const record::BatchHeader& header, ByteView batch, WallTime now) {
  if (header.is_control()) {
    const auto marker = record::read_end_marker(batch);
    if (marker && marker->end == record::TransactionEnd::abort) aborts_.push_back({header.base_offset, header.producer_id});
  }
  compare_up_to(header.base_offset);
  replayed_.apply(header, header.max_timestamp, now.ms);
  replayed_.commit();
  if (spans_.empty() || header.leader_epoch > spans_.back().epoch) {
    spans_.push_back({header.leader_epoch, header.base_offset, header.last_offset()});
  } else {
    spans_.back().last = header.last_offset();
  }
}

void StateCheck::compare_up_to(Offset offset) {
  for (; compared_ < snapshots_.size() && snapshots_[compared_].offset <= offset; ++compared_) compare(snapshots_[compared_]);
}

/// A snapshot may know more than the batches that are left, and may have forgotten who was idle; it must not know less of a producer
/// than the batches before its offset.
void StateCheck::compare(const LoadedSnapshot& snapshot) {
  const std::vector<ProducerEntry> known = snapshot.table.entries();
  for (const ProducerEntry& seen : replayed_.entries()) {
    const auto entry = std::ranges::lower_bound(known, seen.id, {}, &ProducerEntry::id);
    if (entry == known.end() || entry->id != seen.id || seen.batches().empty()) continue;
    const storage::ProducerBatch& last = seen.batches().back();
    const bool agrees =
        !entry->batches().empty() &&
        (entry->batches().back().last_offset > last.last_offset ||
         (entry->batches().back().last_offset == last.last_offset && entry->batches().back().last_sequence == last.last_sequence));
    if (agrees || entry->epoch > seen.epoch) continue;
    return wrong({.severity = Severity::error,
                  .what = "producers",
                  .file = snapshot.path,
                  .offset = last.first_offset.value,
                  .text = fmt::format("producer {} wrote sequence {}, which the snapshot does not know: its duplicates would be taken",
                                      seen.id.value, last.last_sequence)});
  }
}

void StateCheck::finish(Offset log_end) {
  compare_up_to(log_end);
  for (; compared_ < snapshots_.size(); ++compared_) {
    wrong(
        {.severity = Severity::note,
         .what = "producers",
         .file = snapshots_[compared_].path,
         .text = fmt::format("it is of offset {}, the log ends at {}; it is removed", snapshots_[compared_].offset.value, log_end.value)});
  }
  compare_aborted();
  compare_epochs();
}

void StateCheck::compare_epochs() {
  const std::string path = fs::join_path(directory_, storage::kEpochsName);
  if (epochs_file_ == EpochsFile::missing && !spans_.empty()) report_.note("epochs", path, "the file is missing; it is made anew");
  if (epochs_file_ != EpochsFile::loaded) return;
  const auto& entries = epochs_.entries();
  for (const EpochSpan& span : spans_) {
    const auto entry = std::ranges::lower_bound(entries, span.epoch, {}, &storage::EpochStart::epoch);
    const bool starts = entry != entries.end() && entry->epoch == span.epoch && entry->start <= span.first;
    const bool lasts = starts && (entry + 1 == entries.end() || (entry + 1)->start > span.last);
    if (lasts) continue;
    return wrong({.severity = Severity::error,
                  .what = "epochs",
                  .file = path,
                  .offset = span.first.value,
                  .last_offset = span.last.value,
                  .text = fmt::format("the batches there have leader epoch {}, which the file says otherwise", span.epoch.value)});
  }
}

}  // namespace streamline::inspect
