// The model: what was promised to be there, and what a log that was opened again has to show.
#include <fmt/format.h>

#include <algorithm>

#include "crash/workload.h"
#include "record/batch_walker.h"

namespace streamline::storage::crash {
namespace {

/// Every batch between log start and end, by offset; an error where one is not whole.
Result<std::map<std::int64_t, record::BatchHeader>> read_log(const Log& log) {
  std::map<std::int64_t, record::BatchHeader> found;
  ReadCursor cursor;
  for (Offset next = log.log_start(); next < log.log_end();) {
    Result<ReadPlan> plan = log.read(next, log.log_end(), 5000, MinOneBatch::yes, cursor);
    if (!plan) return fail_with(std::move(plan));
    if (plan->empty()) return fail(Errc::corrupt, fmt::format("nothing to read at {}", next.value));
    for (const ReadRun& run : plan->runs()) {
      std::vector<std::byte> bytes(run.length);
      Result<std::size_t> got = run.file->read_at(run.position, bytes);
      if (!got || *got != run.length) return fail(Errc::corrupt, "short run");
      record::BatchWalker walker(bytes);
      for (;;) {
        Result<std::optional<record::BatchView>> batch = walker.next();
        if (!batch) return fail_with(std::move(batch));
        if (!*batch) break;
        if (Status crc = record::check_crc((*batch)->bytes); !crc) return fail_with(std::move(crc));
        if (!found.emplace((*batch)->header.base_offset.value, (*batch)->header).second) return fail(Errc::corrupt, "an offset twice");
      }
      if (!walker.rest().empty()) return fail(Errc::corrupt, "part of a batch");
    }
    next = plan->next_offset();
  }
  return found;
}

}  // namespace

/// What the high watermark has passed in `always` was answered, and may have been read.
void Workload::acknowledge(LogState& state) {
  if (state.log == nullptr) return;
  const std::int64_t visible = state.log->high_watermark().value;
  for (SentBatch& batch : state.sent) {
    const bool shown = !batch.failed && batch.offset + batch.count <= visible;
    batch.acked = batch.acked || (shown && batch.mode == Durability::always);
    if (batch.acked || batch.durable) state.seen_end = std::max(state.seen_end, batch.offset + batch.count);
  }
}

bool Workload::stop_and_check(Stop stop, std::uint64_t clone_seed) {
  if (!failure_.empty()) return false;
  for (LogState& state : logs_) acknowledge(state);
  std::unique_ptr<fs::MemoryFileSystem> after = stop == Stop::power_cut ? fs_->crash_clone(clone_seed) : fs_->kill_clone();
  for (LogState& state : logs_) {
    state.pending.reset();
    state.log.reset();
  }
  store_.reset();
  fs_ = std::move(after);
  if (stop == Stop::power_cut) ++boot_;
  if (!open(fmt::format("boot-{}", boot_))) return false;
  for (LogState& state : logs_) {
    if (!check(state, stop)) return wrong(fmt::format("topic-{}: {}", state.slot, failure_));
  }
  const Result<ProducerIdBlock> block = store_->next_producer_ids();
  if (!block || block->first.value < next_producer_id_) return wrong("producer ids repeat");
  next_producer_id_ = block->first.value + block->count;
  return true;
}

/// Compares a log with the model, then makes the model what the log is: what was open is now there or gone.
bool Workload::check(LogState& state, Stop stop) {
  const Log& log = *state.log;
  if (log.log_start().value > state.asked_start) return wrong(fmt::format("log start went ahead to {}", log.log_start().value));
  if (log.log_start().value < state.log_start) return wrong(fmt::format("log start went back to {}", log.log_start().value));
  if (log.high_watermark() != log.log_end()) return wrong("something unsynced is shown after a start");
  const Result<Found> found = read_log(log);
  if (!found) return wrong("read: " + found.error().text);
  std::vector<std::int64_t> tags;
  if (!check_found(state, *found, tags) || !check_owed(state, stop, tags)) return false;
  settle(state, stop, tags);
  return check_duplicates(state);
}

/// Nothing is there that was not sent, and nothing is missing in the middle.
bool Workload::check_found(LogState& state, const Found& found, std::vector<std::int64_t>& tags) {
  std::int64_t end = -1;
  for (const auto& [offset, header] : found) {
    const auto sent = std::ranges::find_if(state.sent, [&](const SentBatch& batch) {
      return batch.offset == offset && batch.count == header.record_count && batch.tag * 1000 == header.base_timestamp;
    });
    if (sent == state.sent.end()) return wrong(fmt::format("offset {} holds a batch that was never appended there", offset));
    if (end >= 0 && offset != end) return wrong(fmt::format("a hole before offset {}", offset));
    tags.push_back(sent->tag);
    end = header.next_offset().value;
  }
  const std::int64_t start = state.log->log_start().value;
  if (!found.empty() && found.begin()->first > start) return wrong(fmt::format("a hole at the log start {}", start));
  if (std::max(end, start) != state.log->log_end().value) return wrong("the log's end is not its last batch's");
  return true;
}

/// A kill loses nothing that was written; a power cut may take what no sync has covered.
bool Workload::check_owed(const LogState& state, Stop stop, const std::vector<std::int64_t>& tags) {
  const std::int64_t start = state.log->log_start().value;
  for (const SentBatch& batch : state.sent) {
    const bool owed = batch.acked || batch.durable || (stop == Stop::kill && !batch.failed);
    if (!owed || batch.offset + batch.count <= start || std::ranges::find(tags, batch.tag) != tags.end()) continue;
    return wrong(fmt::format("batch at offset {} is lost: acked={} durable={}", batch.offset, batch.acked, batch.durable));
  }
  return true;
}

void Workload::settle(LogState& state, Stop stop, const std::vector<std::int64_t>& tags) {
  const std::int64_t start = state.log->log_start().value;
  std::erase_if(state.sent, [&](const SentBatch& batch) {
    // Of a deleted batch nothing is left but what its producer's state remembers; and it was durable before it was deleted.
    const bool deleted = !batch.failed && batch.offset + batch.count <= start;
    // The bytes of a write that failed were cut off; until that is durable, a power cut may bring them back.
    const bool may_come_back = batch.failed && stop == Stop::kill && batch.offset >= start;
    return std::ranges::find(tags, batch.tag) == tags.end() && !deleted && !may_come_back;
  });
  // What a power cut left lies on the disk; and a log in `always` has synced all that it shows when it is opened.
  const bool all_durable = stop == Stop::power_cut || state.options.durability == Durability::always;
  for (SentBatch& batch : state.sent) {
    batch.failed = std::ranges::find(tags, batch.tag) == tags.end() && batch.failed;
    batch.durable = batch.durable || (all_durable && !batch.failed);
  }
  acknowledge(state);
  state.next_sequence.clear();
  // Whom the log does not know begins where he likes; check_duplicates() tells whether it knows whom it should.
  for (const SentBatch& batch : state.sent) {
    if (!batch.failed) state.next_sequence[batch.producer.value] = batch.sequence + batch.count;
  }
  for (const ProducerEntry& known : state.log->producers(now_)) state.next_sequence[known.id.value] = known.last_sequence() + 1;
}

/// Rules 46 and 54: the last five batches of each producer are still known, and the next one is in order.
bool Workload::check_duplicates(LogState& state) {
  for (std::int64_t producer = 0; producer < kProducers; ++producer) {
    std::vector<SentBatch> mine;
    for (const SentBatch& batch : state.sent) {
      if (batch.producer.value == producer && !batch.failed) mine.push_back(batch);
    }
    for (std::size_t i = mine.size() > 5 ? mine.size() - 5 : 0; i < mine.size(); ++i) {
      std::vector<std::byte> bytes = make_batch(mine[i], 10);
      AppendItem item{.batch = bytes};
      AppendItem* const items[] = {&item};
      static_cast<void>(state.log->append(items, now_));
      if (!item.duplicate || item.base_offset.value != mine[i].offset) {
        return wrong(fmt::format("duplicate of the batch at offset {} was not known: error={} offset={}", mine[i].offset,
                                 item.error ? to_string(*item.error) : "none", item.base_offset.value));
      }
    }
  }
  return true;
}

std::uint64_t Workload::owed_batches() const {
  std::uint64_t count = 0;
  for (const LogState& state : logs_) {
    count += static_cast<std::uint64_t>(std::ranges::count_if(state.sent, [](const SentBatch& batch) { return batch.acked; }));
  }
  return count;
}

}  // namespace streamline::storage::crash
