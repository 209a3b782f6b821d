// The model: what was promised to be there, and what a log that was opened again has to show.
#include <fmt/format.h>

#include <algorithm>

#include "crash/workload.h"
#include "record/batch_walker.h"
#include "record/record_iterator.h"

namespace streamline::storage::crash {
/// Every batch between log start and end, by offset; an error where one is not whole.
Result<Workload::Found> Workload::read_log(const Log& log) {
  Found found;
  ReadCursor cursor;
  record::Decompressor decompressor;
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
        const auto [place, is_new] = found.try_emplace((*batch)->header.base_offset.value);
        if (!is_new) return fail(Errc::corrupt, "an offset twice");
        place->second.header = (*batch)->header;
        Result<record::RecordIterator> records = record::RecordIterator::over((*batch)->bytes, decompressor);
        if (!records) return fail_with(std::move(records));
        for (;;) {
          Result<const record::RecordView*> record = records->next();
          if (!record) return fail_with(std::move(record));
          if (*record == nullptr) break;
          const record::RecordView& view = **record;
          FoundRecord one{.offset = view.offset.value, .timestamp = view.timestamp, .key = {}, .value = {}};
          if (view.key) one.key = as_text(*view.key);
          if (view.value) one.value = std::string(as_text(*view.value));
          place->second.records.push_back(std::move(one));
        }
      }
      if (!walker.rest().empty()) return fail(Errc::corrupt, "part of a batch");
    }
    next = plan->next_offset();
  }
  return found;
}

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
  if (!check_found(state, *found, tags) || !check_owed(state, stop, *found)) return false;
  settle(state, stop, tags);
  return check_transactions(state) && check_duplicates(state);
}

/// What it was when it was sent: the same place, producer and sequence, and each record that is left where it was. Of a batch without
/// records two may say the same; then it is the one that was taken.
const SentBatch* Workload::batch_of(const LogState& state, const FoundBatch& found) {
  const record::BatchHeader& header = found.header;
  const SentBatch* best = nullptr;
  for (const SentBatch& sent : state.sent) {
    if (sent.offset != header.base_offset.value || sent.count != header.last_offset_delta + 1 || sent.producer != header.producer_id ||
        sent.sequence != header.base_sequence) {
      continue;
    }
    if (header.is_control() != sent.end.has_value() || header.is_transactional() != sent.transactional) continue;
    const bool same = std::ranges::all_of(found.records, [&](const FoundRecord& record) {
      const std::int64_t place = record.offset - sent.offset;
      if (place < 0 || place >= sent.count || record.timestamp != sent.tag * 1000 + place) return false;
      if (sent.end) return record.key.back() == static_cast<char>(*sent.end);
      const SentRecord& wanted = sent.records[static_cast<std::size_t>(place)];
      if (record.key != key_of(wanted) || record.value.has_value() == wanted.tombstone) return false;
      return wanted.tombstone || record.value->starts_with(value_of(sent, static_cast<std::size_t>(place), 0));
    });
    if (same && (best == nullptr || best->failed)) best = &sent;
  }
  return best;
}

/// Nothing is there that was not sent, and nothing is missing in the middle but what compaction may have taken.
bool Workload::check_found(LogState& state, const Found& found, std::vector<std::int64_t>& tags) {
  const std::int64_t start = state.log->log_start().value;
  std::int64_t end = start;
  for (const auto& [offset, batch] : found) {
    const SentBatch* sent = batch_of(state, batch);
    if (sent == nullptr) return wrong(fmt::format("offset {} holds a batch that was never appended there", offset));
    if (offset > end && offset > state.cleaned_end) return wrong(fmt::format("a hole before offset {}", offset));
    if (offset < end && !tags.empty()) return wrong(fmt::format("the batch at offset {} begins inside the one before it", offset));
    if (offset >= state.cleaned_end && batch.header.record_count != sent->count) {
      return wrong(fmt::format("records are missing in the batch at offset {}", offset));
    }
    tags.push_back(sent->tag);
    end = batch.header.next_offset().value;
  }
  if (std::max(end, start) != state.log->log_end().value) return wrong("the log's end is not its last batch's");
  return true;
}

/// Rules of compaction: a record goes when a newer one of its key was compacted with it, and a tombstone once it has been seen for long
/// enough.
bool Workload::may_be_compacted_away(const LogState& state, const SentRecord& record, std::int64_t offset,
                                     const std::map<std::string, std::int64_t>& newest) {
  if (offset >= state.cleaned_end) return false;
  const auto there = newest.find(key_of(record));
  if (there != newest.end() && there->second > offset) return true;
  const auto outlived = [&](std::int64_t tombstone) {
    const auto seen = std::ranges::find_if(state.rounds, [&](const Round& round) { return round.end > tombstone; });
    return seen != state.rounds.end() && std::any_of(seen, state.rounds.end(), [&](const Round& round) {
             return round.end > tombstone && round.ms >= seen->ms + kDeleteRetentionMs;
           });
  };
  return std::ranges::any_of(state.sent, [&](const SentBatch& batch) {
    for (std::int64_t i = 0; i < batch.count && !batch.failed && !batch.end; ++i) {
      const SentRecord& other = batch.records[static_cast<std::size_t>(i)];
      if (other.tombstone && other.key == record.key && batch.offset + i >= offset && outlived(batch.offset + i)) return true;
    }
    return false;
  });
}

/// A kill loses nothing that was written; a power cut may take what no sync has covered.
bool Workload::check_owed(const LogState& state, Stop stop, const Found& found) {
  std::map<std::int64_t, std::int64_t> there;  // timestamps by offset
  std::map<std::string, std::int64_t> newest;  // of each key, in what may have been compacted
  const Transactions transactions = transactions_of(state);
  for (const auto& [offset, batch] : found) {
    const SentBatch* sent = batch_of(state, batch);
    const bool counts = !batch.header.is_control() && sent != nullptr && !transactions.is_aborted(*sent);
    for (const FoundRecord& record : batch.records) {
      there.emplace(record.offset, record.timestamp);
      if (counts && record.offset < state.cleaned_end) newest[record.key] = record.offset;
    }
  }
  const std::int64_t start = state.log->log_start().value;
  for (const SentBatch& batch : state.sent) {
    if (!batch.acked && !batch.durable && (stop != Stop::kill || batch.failed)) continue;
    for (std::int64_t i = 0; i < batch.count; ++i) {
      const std::int64_t offset = batch.offset + i;
      const auto same = there.find(offset);
      if (offset < start || (same != there.end() && same->second == batch.tag * 1000 + i)) continue;
      // What was aborted goes at once, a marker once it ends nothing any more.
      const bool may_go = batch.end ? !transactions.is_told_of(batch) : transactions.is_aborted(batch);
      if (offset < state.cleaned_end && may_go) continue;
      if (!batch.end && may_be_compacted_away(state, batch.records[static_cast<std::size_t>(i)], offset, newest)) continue;
      return wrong(fmt::format("the record at offset {} is lost: acked={} durable={}", offset, batch.acked, batch.durable));
    }
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
    // The same of one that was compacted away.
    const bool compacted = !batch.failed && batch.offset < state.cleaned_end;
    return std::ranges::find(tags, batch.tag) == tags.end() && !deleted && !compacted && !may_come_back;
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
    if (!batch.failed && !batch.end) state.next_sequence[batch.producer.value] = batch.sequence + batch.count;
  }
  for (const ProducerEntry& known : state.log->producers(now_)) state.next_sequence[known.id.value] = known.last_sequence() + 1;
}

/// Rules 46 and 54: the last five batches of each producer are still known, and the next one is in order.
bool Workload::check_duplicates(LogState& state) {
  for (std::int64_t producer = 0; producer < kProducers + kTransactors; ++producer) {
    std::vector<SentBatch> mine;
    for (const SentBatch& batch : state.sent) {
      if (batch.producer.value == producer && !batch.failed && !batch.end) mine.push_back(batch);
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
