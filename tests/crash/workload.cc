// The random steps, and the comparison of a reopened directory with the model.
#include "crash/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "record/batch_builder.h"
#include "record/batch_walker.h"

namespace streamline::storage::crash {
namespace {

std::string topic_name(int n) { return fmt::format("topic-{}", n); }
TopicId topic_id(int n) {
  TopicId id;
  id.bytes[3] = static_cast<std::byte>(n + 1);
  return id;
}

struct Wanted {
  SentBatch batch;
  std::size_t value_bytes = 0;
};

std::vector<std::byte> make_batch(const Wanted& wanted) {
  record::BatchOptions options;
  options.producer_id = wanted.batch.producer;
  options.producer_epoch = 0;
  options.base_sequence = wanted.batch.sequence;
  record::BatchBuilder builder(options);
  const std::string value(wanted.value_bytes, static_cast<char>('a' + wanted.batch.tag % 26));
  for (std::int32_t i = 0; i < wanted.batch.count; ++i) {
    record::NewRecord record;
    record.timestamp = wanted.batch.tag * 1000 + i;
    record.value = as_bytes(value);
    builder.add(record);
  }
  Result<std::vector<std::byte>> batch = builder.finish();
  return batch ? std::move(*batch) : std::vector<std::byte>();
}

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

Workload::Workload(std::uint64_t seed) : random_(seed), fs_(std::make_unique<fs::MemoryFileSystem>()) {
  options_ = {.segment_bytes = 800 + pick(4000),
              .segment_ms = 10'000,
              .index_interval_bytes = static_cast<std::uint32_t>(pick(1000)),
              .preallocate_bytes = 4096,
              .durability = Durability::always};
  if (!open("boot-0")) failure_ = "first start: " + failure_;
}

bool Workload::wrong(const std::string& what) {
  failure_ = what;
  return false;
}

bool Workload::open(const std::string& boot) {
  store_.reset();
  Result<std::unique_ptr<LogStore>> store = LogStore::open(*fs_, {.data_directory = "data", .boot_id = boot});
  if (!store) return wrong(store.error().text);
  store_ = std::move(*store);
  for (int i = 0; i < kLogs; ++i) {
    if (Status made = fs_->make_directories(store_->layout().topic(topic_name(i))); !made) return wrong(made.error().text);
    Result<std::shared_ptr<Log>> log = store_->open_log(topic_name(i), topic_id(i), 0, options_, now_);
    if (!log) return wrong(log.error().text);
    logs_[i].log = std::move(*log);
  }
  return true;
}

void Workload::run() {
  for (std::uint64_t steps = 5 + pick(60); steps > 0 && failure_.empty(); --steps) step();
}

void Workload::step() {
  LogState& state = logs_[pick(kLogs)];
  now_.ms += 1;
  const std::uint64_t choice = pick(100);
  if (choice < 60) {
    append(state, 1 + static_cast<int>(pick(4)));
  } else if (choice < 80) {
    sync(state);
  } else if (choice < 87) {
    if (!store_->checkpoint(now_) && failure_.empty()) fs_->clear_faults();
  } else if (choice < 90) {
    now_.ms += options_.segment_ms;
    static_cast<void>(state.log->roll_if_due(now_));
  } else if (choice < 93) {
    inject_fault();
  } else if (choice < 95) {
    delete_records(state);
  } else if (choice < 98) {
    const Result<ProducerIdBlock> block = store_->next_producer_ids();
    if (block && block->first.value < next_producer_id_) failure_ = "producer ids repeat";
    if (block) next_producer_id_ = block->first.value + block->count;
  } else {
    restart_cleanly();
  }
}

void Workload::append(LogState& state, int batches) {
  std::vector<Wanted> wanted;
  std::vector<std::vector<std::byte>> bytes;
  std::map<std::int64_t, std::int32_t> sequences = state.next_sequence;
  for (int i = 0; i < batches; ++i) {
    Wanted one;
    one.batch.count = 1 + static_cast<std::int32_t>(pick(5));
    one.batch.tag = next_tag_++;
    one.batch.producer = ProducerId(static_cast<std::int64_t>(pick(kProducers)));
    one.batch.sequence = sequences[one.batch.producer.value];
    one.value_bytes = pick(300);
    sequences[one.batch.producer.value] += one.batch.count;
    bytes.push_back(make_batch(one));
    wanted.push_back(one);
  }
  std::vector<AppendItem> items;
  std::vector<AppendItem*> pointers;
  for (std::vector<std::byte>& batch : bytes) items.push_back({.batch = batch});
  for (AppendItem& item : items) pointers.push_back(&item);
  static_cast<void>(state.log->append(pointers, now_));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].duplicate) failure_ = "a new batch was taken for a duplicate";
    SentBatch sent = wanted[i].batch;
    if (items[i].error) {
      sent.failed = true;
      sent.offset = record::read_batch_header(bytes[i])->base_offset.value;
      state.sent.push_back(sent);
      continue;
    }
    sent.offset = items[i].base_offset.value;
    state.next_sequence[sent.producer.value] = sent.sequence + sent.count;
    if (sent.offset < state.seen_end) failure_ = fmt::format("offset {} was handed out twice", sent.offset);
    state.sent.push_back(sent);
  }
}

void Workload::sync(LogState& state) {
  const Result<SyncTarget> target = state.log->begin_sync();
  if (target) state.log->finish_sync(*target, target->run());
  if (state.log->is_stopped() && pick(2) == 0) restore(state);
  acknowledge(state);
}

/// What failed a write or a sync may still fail this. Afterwards all is as after a kill: what was written is there, and a batch of a
/// write that failed is whole, or absent.
void Workload::restore(LogState& state) {
  if (!store_->restore_log(*state.log, now_)) return;
  fs_->clear_faults();
  static_cast<void>(check(state, Stop::kill));
}

void Workload::delete_records(LogState& state) {
  const std::int64_t before = static_cast<std::int64_t>(pick(1 + static_cast<std::uint64_t>(state.log->high_watermark().value)));
  state.asked_start = std::max(state.asked_start, before);
  const StartMove move{state.log->identity().topic_id, state.log->identity().partition, Offset(before)};
  static_cast<void>(store_->move_starts(std::span(&move, 1), now_));
  // What readers see is durable, also when the call failed in between.
  state.log_start = state.log->log_start().value;
  if (state.log_start > state.asked_start) failure_ = "log start went beyond what was asked for";
}

/// What the high watermark has passed was answered, and may have been read.
void Workload::acknowledge(LogState& state) {
  const std::int64_t visible = state.log->high_watermark().value;
  for (SentBatch& batch : state.sent) batch.acked = batch.acked || (!batch.failed && batch.offset + batch.count <= visible);
  state.seen_end = std::max(state.seen_end, visible);
}

void Workload::inject_fault() {
  static constexpr fs::Operation kOperations[] = {fs::Operation::write, fs::Operation::write,    fs::Operation::sync,
                                                  fs::Operation::open,  fs::Operation::truncate, fs::Operation::sync_directory,
                                                  fs::Operation::rename};
  fs_->fail_next({.operation = kOperations[pick(std::size(kOperations))],
                  .path_part = "data",
                  .code = pick(2) == 0 ? Errc::io : Errc::no_space,
                  .count = 1 + static_cast<int>(pick(2)),
                  .skip = static_cast<int>(pick(3)),
                  .bytes_written = pick(500)});
}

void Workload::restart_cleanly() {
  fs_->clear_faults();
  static_cast<void>(store_->close(now_));  // a log whose sync failed before cannot be closed in order; then it recovers
  for (LogState& state : logs_) {
    acknowledge(state);
    state.log.reset();
  }
  if (!open(fmt::format("boot-{}", boot_))) return;
  for (LogState& state : logs_) {
    if (!check(state, Stop::kill)) return;
  }
}

bool Workload::stop_and_check(Stop stop, std::uint64_t clone_seed) {
  if (!failure_.empty()) return false;
  for (LogState& state : logs_) acknowledge(state);
  std::unique_ptr<fs::MemoryFileSystem> after = stop == Stop::power_cut ? fs_->crash_clone(clone_seed) : fs_->kill_clone();
  for (LogState& state : logs_) state.log.reset();
  store_.reset();
  fs_ = std::move(after);
  if (stop == Stop::power_cut) ++boot_;
  if (!open(fmt::format("boot-{}", boot_))) return false;
  for (LogState& state : logs_) {
    if (!check(state, stop)) return false;
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
  const Result<std::map<std::int64_t, record::BatchHeader>> found = read_log(log);
  if (!found) return wrong("read: " + found.error().text);
  std::set<std::int64_t> known;
  std::int64_t end = state.log_start;
  for (const auto& [offset, header] : *found) {
    const auto sent = std::ranges::find_if(state.sent, [&](const SentBatch& batch) {
      return batch.offset == offset && batch.count == header.record_count && batch.tag * 1000 == header.base_timestamp;
    });
    if (sent == state.sent.end()) return wrong(fmt::format("offset {} holds a batch that was never appended there", offset));
    known.insert(sent->tag);
    end = header.next_offset().value;
  }
  if (std::max(end, log.log_start().value) != log.log_end().value) return wrong("the log's end is not its last batch's");
  for (const SentBatch& batch : state.sent) {
    const bool deleted = batch.offset + batch.count <= log.log_start().value;
    // A kill loses nothing that was written; only a power cut may take what was not synced.
    const bool owed = (batch.acked || (stop == Stop::kill && !batch.failed)) && !deleted;
    if (owed && !known.contains(batch.tag)) return wrong(fmt::format("batch at offset {} is lost", batch.offset));
  }
  std::erase_if(state.sent, [&](const SentBatch& batch) {
    const bool deleted = !batch.failed && batch.offset + batch.count <= log.log_start().value;
    return !known.contains(batch.tag) && !deleted;
  });
  for (SentBatch& batch : state.sent) batch.failed = false;
  acknowledge(state);
  state.next_sequence.clear();
  for (const SentBatch& batch : state.sent) state.next_sequence[batch.producer.value] = batch.sequence + batch.count;
  return check_duplicates(state);
}

/// Rules 46 and 54: the last five batches of each producer are still known, and the next one is in order.
bool Workload::check_duplicates(LogState& state) {
  for (std::int64_t producer = 0; producer < kProducers; ++producer) {
    std::vector<SentBatch> mine;
    for (const SentBatch& batch : state.sent) {
      if (batch.producer.value == producer) mine.push_back(batch);
    }
    for (std::size_t i = mine.size() > 5 ? mine.size() - 5 : 0; i < mine.size(); ++i) {
      std::vector<std::byte> bytes = make_batch({mine[i], 10});
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

std::uint64_t Workload::acked_batches() const {
  std::uint64_t count = 0;
  for (const LogState& state : logs_) count += static_cast<std::uint64_t>(std::ranges::count_if(state.sent, &SentBatch::acked));
  return count;
}

}  // namespace streamline::storage::crash
