// What compaction sees of a log, and how it changes it.
#include <algorithm>

#include "base/log.h"
#include "storage/compaction/cleaner_point.h"
#include "storage/log.h"
#include "storage/recovery.h"
#include "storage/segment.h"

namespace streamline::storage {

CompactionView Log::compaction_view() const {
  if (!ensure_open()) return {};
  const std::lock_guard guard(mutex_);
  if (refused_) return {};
  return {.segments = segments(), .durable_end = std::min(last_stable(), synced_stable_)};
}

std::optional<Offset> Log::unopened_active_base() const {
  if (opened_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard guard(mutex_);
  return Offset(std::max<std::int64_t>(0, unopened_->entry->active_base));
}

Status Log::replace_segments(const SegmentList& run, const std::shared_ptr<Segment>& fresh) {
  const std::lock_guard files(files_mutex_);
  Result<Offset> end = end_of_run(run);
  if (!end) return fail_with(std::move(end));
  if (Status owed = finish_owed_swap(); !owed) return owed;
  // What rolls owe of the producers is told by batches that may go now.
  if (Status settled = settle(); !settled) return settled;
  if (!knows_producers_now(*end)) return fail(Errc::conflict, "producers are known by the segments' batches alone");
  for (const std::shared_ptr<Segment>& segment : run) {
    if (Status kept = segment->keep_open(); !kept) return kept;
  }
  const Swap swap{run.front()->base_offset(), *end};
  if (Status indexed = index_run(swap); !indexed) return indexed;
  if (Status committed = commit_swap(fs_, identity_.directory, swap); !committed) {
    // Left behind it would be taken up at some later start, when more may have been compacted: what is gone then would come back.
    if (Status undone = undo_swap(fs_, identity_.directory, swap); !undone) {
      compaction_barred_ = true;
      log::error("storage", "compaction stops until the next start topic={} partition={} error={}", identity_.topic, identity_.partition,
                 undone.error().text);
    }
    return committed;
  }
  owed_swap_ = swap;
  if (Status finished = finish_owed_swap(); !finished) {
    log::warn("storage", "swap is finished later topic={} partition={} error={}", identity_.topic, identity_.partition,
              finished.error().text);
  }
  const std::lock_guard guard(mutex_);
  SegmentList list = *segments();
  const auto first = std::ranges::find(list, run.front());
  *first = fresh;
  list.erase(first + 1, first + static_cast<std::ptrdiff_t>(run.size()));
  const auto replaced = [&](const auto& segment) { return std::ranges::find(run, segment) != run.end(); };
  std::erase_if(unsynced_rolled_, replaced);
  // Empty but when a sync failed since.
  std::erase_if(unsettled_, [&](const Rolled& rolled) { return replaced(rolled.segment); });
  publish_segments(std::move(list));
  return {};
}

Status Log::note_cleaned(Offset point) {
  // The directory is this log's until retire(), which waits for the mutex.
  const std::lock_guard files(files_mutex_);
  {
    const std::lock_guard guard(mutex_);
    if (refused_) return fail(*refused_, "the log refuses changes");
  }
  return save_cleaner_point(fs_, identity_.directory, point);
}

/// files_mutex_ held. The base of the segment behind the run: the active one is never part of a run.
Result<Offset> Log::end_of_run(const SegmentList& run) const {
  const std::lock_guard guard(mutex_);
  if (refused_ == Errc::closed) return fail(Errc::closed, "the log is closed");
  if (refused_) return fail(*refused_, "the log refuses changes until it is reopened");
  if (compaction_barred_) return fail(Errc::io, "an earlier swap could not be undone");
  const std::shared_ptr<const SegmentList> list = segments();
  const auto found = std::ranges::search(*list, run);
  if (run.empty() || found.begin() == list->end() || found.end() == list->end()) {
    return fail(Errc::conflict, "the segments have left the log");
  }
  return (*found.end())->base_offset();
}

/// files_mutex_ held. Whichever segment the index's name stands for at a start, the one of now or the one to come: what lies behind the end
/// of that segment is not looked at.
Status Log::index_run(const Swap& swap) {
  std::vector<std::byte> aborted;
  {
    const std::lock_guard guard(mutex_);
    aborted = encode_aborted(swap.base, swap.end);
  }
  return write_aborted(swap.base, aborted, FileKind::durable);
}

/// files_mutex_ held.
Status Log::finish_owed_swap() {
  if (!owed_swap_) return {};
  Status finished = finish_swap(fs_, identity_.directory, *owed_swap_);
  if (!finished) return finished;
  std::erase_if(aborted_files_, [&](Offset base) { return base > owed_swap_->base && base < owed_swap_->end; });
  owed_swap_.reset();
  return finished;
}

}  // namespace streamline::storage
