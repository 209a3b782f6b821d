// The steps of a history. Each one is drawn from the seed alone, so that the seed replays all of it.
#include "crash/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "record/batch_builder.h"
#include "storage/compaction/cleaner.h"
#include "storage/compaction/dirty_range.h"
#include "storage/compaction/offset_map.h"

namespace streamline::storage::crash {
namespace {

std::string topic_name(int slot) { return fmt::format("topic-{}", slot); }
TopicId topic_id(int slot, int generation) {
  TopicId id;
  id.bytes[3] = static_cast<std::byte>(slot + 1);
  id.bytes[7] = static_cast<std::byte>(generation);
  id.bytes[8] = static_cast<std::byte>(generation >> 8);
  return id;
}

/// What a step is, and how many of 100 are of that kind.
enum class Step : std::uint8_t {
  append,
  sync,
  retain,
  compact,
  checkpoint,
  roll,
  fault,
  delete_records,
  producer_ids,
  change_options,
  delete_topic,
  purge,
  restore,
  restart
};
struct Weight {
  Step step;
  std::uint64_t of_100;
};
constexpr Weight kWeights[] = {{Step::append, 45},      {Step::sync, 17},          {Step::retain, 4},       {Step::compact, 6},
                               {Step::checkpoint, 7},   {Step::roll, 3},           {Step::fault, 3},        {Step::delete_records, 2},
                               {Step::producer_ids, 2}, {Step::change_options, 3}, {Step::delete_topic, 2}, {Step::purge, 1},
                               {Step::restore, 3},      {Step::restart, 2}};

Step step_of(std::uint64_t choice) {
  for (const Weight& weight : kWeights) {
    if (choice < weight.of_100) return weight.step;
    choice -= weight.of_100;
  }
  return Step::append;
}

/// As fast as it can.
struct NoPace final : Pace {
  bool proceed(std::uint64_t) override { return true; }
};

}  // namespace

std::string key_of(const SentRecord& record) { return fmt::format("key-{}", record.key); }

std::string value_of(const SentBatch& batch, std::size_t place, std::size_t more_bytes) {
  return fmt::format("{}.{}:{}", batch.tag, place, std::string(more_bytes, static_cast<char>('a' + batch.tag % 26)));
}

std::vector<std::byte> make_batch(const SentBatch& batch, std::size_t value_bytes) {
  if (batch.end)
    return record::encode_end_marker({.producer_id = batch.producer, .producer_epoch = 0, .end = *batch.end}, batch.tag * 1000);
  record::BatchOptions options;
  options.producer_id = batch.producer;
  options.producer_epoch = 0;
  options.base_sequence = batch.sequence;
  options.transactional = batch.transactional;
  record::BatchBuilder builder(options);
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const std::string key = key_of(batch.records[i]);
    const std::string value = value_of(batch, i, value_bytes);
    record::NewRecord record;
    record.timestamp = batch.tag * 1000 + static_cast<std::int64_t>(i);
    record.key = as_bytes(key);
    if (!batch.records[i].tombstone) record.value = as_bytes(value);
    builder.add(record);
  }
  Result<std::vector<std::byte>> bytes = builder.finish();
  return bytes ? std::move(*bytes) : std::vector<std::byte>();
}

Workload::Workload(std::uint64_t seed) : random_(seed), fs_(std::make_unique<fs::MemoryFileSystem>()) {
  for (int slot = 0; slot < kLogs; ++slot) {
    logs_[slot].slot = slot;
    choose_options(logs_[slot]);
  }
  if (!open("boot-0")) failure_ = "first start: " + failure_;
}

bool Workload::wrong(const std::string& what) {
  failure_ = what;
  return false;
}

/// Half of the logs keep the strictest promise; half are compacted, and of these half lose old records as well.
void Workload::choose_options(LogState& state) {
  static constexpr Durability kModes[] = {Durability::always, Durability::always, Durability::interval, Durability::none};
  state.options = {.segment_bytes = 800 + pick(4000),
                   .segment_ms = 10'000,
                   .index_interval_bytes = static_cast<std::uint32_t>(pick(1000)),
                   .preallocate_bytes = 4096,
                   .durability = kModes[pick(std::size(kModes))]};
  state.compacts = pick(2) == 0;
  RetentionOptions& keep = state.options.retention;
  if (state.compacts && pick(2) == 0) keep.policy = RetentionOptions::Policy::requested;
  // Records' timestamps rise from 0 on: something in the middle of them is the border of today.
  if (pick(2) == 0) keep.ms = now_.ms - static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(next_tag_) + 1)) * 1000;
  if (pick(2) == 0) keep.bytes = static_cast<std::int64_t>(pick(12'000));
  keep.file_delete_delay_ms = static_cast<std::int64_t>(pick(30));
}

bool Workload::open(const std::string& boot) {
  store_.reset();
  // Fewer files than the logs have segments, so that they are closed and opened again all the time.
  Result<std::unique_ptr<LogStore>> store =
      LogStore::open(*fs_, {.data_directory = "data", .boot_id = boot, .most_open_files = 1 + pick(6)});
  if (!store) return wrong(store.error().text);
  store_ = std::move(*store);
  return std::ranges::all_of(logs_, [&](LogState& state) { return open_log(state); });
}

bool Workload::open_log(LogState& state) {
  const std::string topic = topic_name(state.slot);
  if (Status made = fs_->make_directories(store_->layout().topic(topic)); !made) return wrong(made.error().text);
  Result<std::shared_ptr<Log>> log = store_->open_log(topic, topic_id(state.slot, state.generation), 0, state.options, now_);
  if (!log) return wrong(log.error().text);
  state.log = std::move(*log);
  state.sync_failed = false;
  return true;
}

void Workload::run() {
  for (std::uint64_t steps = 5 + pick(60); steps > 0 && failure_.empty(); --steps) step();
  if (pick(3) != 0 || !failure_.empty()) return;
  // Often the end comes in the midst of something.
  lose_disk();
  step();
}

/// From some call on nothing of its kind succeeds any more.
void Workload::lose_disk() {
  using enum fs::Operation;
  for (const fs::Operation operation : {open, read, write, sync, truncate, allocate, rename, remove, make_directory, sync_directory}) {
    fs_->fail_next({.operation = operation,
                    .path_part = "data",
                    .code = Errc::io,
                    .count = 1'000'000,
                    .skip = static_cast<int>(pick(8)),
                    .bytes_written = pick(500)});
  }
}

void Workload::step() {
  LogState& state = logs_[pick(kLogs)];
  now_.ms += 1;
  switch (step_of(pick(100))) {
    case Step::append: return append(state, 1 + static_cast<int>(pick(4)));
    case Step::sync: return sync(state);
    case Step::retain: return retain(state);
    case Step::compact: return compact(state);
    case Step::checkpoint:
      if (!store_->checkpoint(now_)) fs_->clear_faults();
      return;
    case Step::roll: now_.ms += state.options.segment_ms; return static_cast<void>(state.log->roll_if_due(now_));
    case Step::fault: return inject_fault();
    case Step::delete_records: return delete_records(state);
    case Step::producer_ids: {
      const Result<ProducerIdBlock> block = store_->next_producer_ids();
      if (block && block->first.value < next_producer_id_) failure_ = "producer ids repeat";
      if (block) next_producer_id_ = block->first.value + block->count;
      return;
    }
    case Step::change_options: return change_options(state);
    case Step::delete_topic: return delete_topic(state);
    case Step::purge: return static_cast<void>(store_->purge_removed());
    case Step::restore: return restore(state);
    case Step::restart: return restart_cleanly();
  }
}

SentBatch Workload::next_batch(const LogState& state, std::map<std::int64_t, std::int32_t>& sequences) {
  SentBatch one;
  one.count = 1 + static_cast<std::int32_t>(pick(5));
  for (std::int32_t i = 0; i < one.count; ++i) one.records.push_back({static_cast<int>(pick(kKeys)), pick(6) == 0});
  one.tag = next_tag_++;
  one.producer = ProducerId(static_cast<std::int64_t>(pick(kProducers)));
  one.sequence = sequences[one.producer.value];
  one.mode = state.options.durability;
  sequences[one.producer.value] += one.count;
  return one;
}

void Workload::append(LogState& state, int batches) {
  std::vector<SentBatch> wanted;
  std::vector<std::vector<std::byte>> bytes;
  std::map<std::int64_t, std::int32_t> sequences = state.next_sequence;
  for (int i = 0; i < batches; ++i) wanted.push_back(next_batch(state, sequences));
  // Guards are good for what comes next of their producers.
  for (std::int64_t transactor = kProducers; transactor < kProducers + kTransactors; ++transactor) {
    if (pick(3) == 0) wanted.push_back(next_transactional(state, transactor, sequences));
  }
  for (const SentBatch& one : wanted) bytes.push_back(make_batch(one, pick(300)));
  std::vector<AppendItem> items;
  std::vector<AppendItem*> pointers;
  for (std::vector<std::byte>& batch : bytes) items.push_back({.batch = batch});
  bool guards_given = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    pointers.push_back(&items[i]);
    if (!wanted[i].transactional || wanted[i].end) continue;
    const auto guard = state.log->transaction_guard({.id = wanted[i].producer, .epoch = 0, .first_sequence = wanted[i].sequence});
    guards_given = guards_given && guard;
    if (guard) items[i].guard = *guard;
  }
  static_cast<void>(state.log->append(pointers, now_));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].guard) state.log->release_transaction_guard(wanted[i].producer, *items[i].guard);
    // A guard that a fault kept from us is missed by the log.
    if (items[i].error == Errc::invalid_txn_state && guards_given) failure_ = "transactional data was refused";
    if (items[i].duplicate) failure_ = "a new batch was taken for a duplicate";
    SentBatch sent = wanted[i];
    sent.failed = items[i].error.has_value();
    sent.offset = sent.failed ? record::read_batch_header(bytes[i])->base_offset.value : items[i].base_offset.value;
    if (!sent.failed) {
      if (!sent.end) state.next_sequence[sent.producer.value] = sent.sequence + sent.count;
      if (sent.offset < state.seen_end) failure_ = fmt::format("offset {} was handed out twice", sent.offset);
    }
    state.sent.push_back(sent);
  }
}

/// Begins a sync, or ends the one that is under way; what happens in between is what a slow disk lets happen.
void Workload::sync(LogState& state) {
  if (!state.pending) {
    Result<SyncTarget> begun = state.log->begin_sync();
    if (!begun) return;
    state.pending = std::move(*begun);
    if (pick(3) == 0) return;
  }
  const SyncTarget target = *std::move(state.pending);
  state.pending.reset();
  const Status outcome = target.run();
  state.log->finish_sync(target, outcome);
  if (!outcome) state.sync_failed = true;
  for (SentBatch& batch : state.sent) {
    // A sync that began before one that failed proves nothing.
    if (outcome && !state.sync_failed && !batch.failed && batch.offset + batch.count <= target.up_to().value) batch.durable = true;
  }
  acknowledge(state);
}

/// What failed a write or a sync may still fail this. Afterwards all is as after a kill: what was written is there, and a batch of a
/// write that failed is whole, or absent.
void Workload::restore(LogState& state) {
  if (!state.log->is_stopped()) return;
  acknowledge(state);
  state.pending.reset();
  if (!store_->restore_log(*state.log, now_)) return;
  fs_->clear_faults();
  state.sync_failed = false;
  if (!check(state, Stop::kill)) failure_ = "after a restoration: " + failure_;
}

void Workload::delete_records(LogState& state) {
  move_start(state, Offset(static_cast<std::int64_t>(pick(1 + static_cast<std::uint64_t>(state.log->high_watermark().value)))));
}

/// What the housekeeper does: batches whose records are all old enough go, or those that make the log too large.
void Workload::retain(LogState& state) {
  const Result<Offset> start = state.log->retention_start(now_);
  if (!start) return;
  const RetentionOptions& keep = state.options.retention;
  const bool by_time_alone = keep.policy == RetentionOptions::Policy::by_age_and_size && keep.ms >= 0 && keep.bytes < 0;
  const bool by_nothing = keep.policy == RetentionOptions::Policy::requested || (keep.ms < 0 && keep.bytes < 0);
  if (*start > state.log->high_watermark()) failure_ = "retention goes beyond the high watermark";
  if (by_nothing && start->value > state.asked_start) failure_ = "retention takes what was not to leave";
  for (const SentBatch& batch : state.sent) {
    if (!by_time_alone || state.cleaned_end > 0 || batch.failed || batch.offset < state.log->log_start().value) continue;
    if (batch.offset >= start->value || now_.ms - (batch.tag * 1000 + batch.count - 1) > keep.ms) continue;
    failure_ = fmt::format("retention takes the batch at offset {}, which is not old", batch.offset);
  }
  if (state.log->keeps_below(*start)) move_start(state, *start);
  state.log->purge_dropped(now_);
}

/// A round of the cleaner. Without secure_producers before it the log itself has to refuse where that would lose a producer.
void Workload::compact(LogState& state) {
  if (!state.compacts) return;
  now_.ms += static_cast<std::int64_t>(pick(2 * kDeleteRetentionMs));
  const CompactionOptions options{.min_cleanable_dirty_ratio = 0,
                                  .delete_retention_ms = kDeleteRetentionMs,
                                  .segment_bytes = state.options.segment_bytes,
                                  .index_interval_bytes = state.options.index_interval_bytes};
  fs::FileSystem& files = store_->file_system();
  const Result<std::optional<DirtyRange>> range = find_dirty_range(files, *state.log, options, now_);
  if (!range || !*range) return;
  const std::int64_t end = (*range)->end.value;
  state.rounds.push_back({now_.ms, end});
  state.cleaned_end = std::max(state.cleaned_end, end);
  // Only what is durable pushes anything out.
  for (SentBatch& batch : state.sent) batch.durable = batch.durable || (!batch.failed && batch.offset + batch.count <= end);
  if (pick(4) != 0 && !store_->secure_producers(*state.log, (*range)->end, now_)) return;
  NoPace pace;
  Cleaner cleaner(files, {.memory_bytes = (2 + pick(20)) * OffsetMap::kSlotBytes, .load_factor = 0.9}, pace);
  const Result<RoundReport> report = cleaner.clean(*state.log, options, **range, now_);
  if (report) compacted_records_ += report->records_removed;
}

void Workload::move_start(LogState& state, Offset start) {
  state.asked_start = std::max(state.asked_start, start.value);
  const StartMove move{state.log->identity().topic_id, state.log->identity().partition, start};
  static_cast<void>(store_->move_starts(std::span(&move, 1), now_));
  moved_starts_ += state.log->log_start().value > state.log_start ? 1 : 0;
  // What readers see is durable, also when the call failed in between.
  state.log_start = state.log->log_start().value;
  if (state.log_start > state.asked_start) failure_ = "log start went beyond what was asked for";
}

void Workload::change_options(LogState& state) {
  acknowledge(state);
  choose_options(state);
  if (state.options.durability != Durability::always) {
    // Whoever still waits is answered from the page cache now.
    for (SentBatch& batch : state.sent) batch.mode = batch.acked ? batch.mode : state.options.durability;
  }
  state.log->set_options(state.options);
}

void Workload::delete_topic(LogState& state) {
  state.pending.reset();
  state.log.reset();
  const std::string topic = topic_name(state.slot);
  const TopicId id = topic_id(state.slot, state.generation);
  if (!store_->remove_topic(topic, id)) {
    fs_->clear_faults();
    if (Status removed = store_->remove_topic(topic, id); !removed) failure_ = "remove topic: " + removed.error().text;
  }
  const int slot = state.slot;
  const int generation = state.generation + 1;
  state = LogState{};
  state.slot = slot;
  state.generation = generation;
  choose_options(state);
  fs_->clear_faults();
  static_cast<void>(open_log(state));
}

void Workload::inject_fault() {
  static constexpr fs::Operation kOperations[] = {fs::Operation::write,          fs::Operation::write,    fs::Operation::sync,
                                                  fs::Operation::open,           fs::Operation::truncate, fs::Operation::sync_directory,
                                                  fs::Operation::make_directory, fs::Operation::rename,   fs::Operation::remove,
                                                  fs::Operation::allocate,       fs::Operation::read};
  static constexpr Errc kErrors[] = {Errc::io, Errc::no_space, Errc::too_many_files};
  fs_->fail_next({.operation = kOperations[pick(std::size(kOperations))],
                  .path_part = "data",
                  .code = kErrors[pick(std::size(kErrors))],
                  .count = 1 + static_cast<int>(pick(2)),
                  .skip = static_cast<int>(pick(3)),
                  .bytes_written = pick(500)});
}

void Workload::restart_cleanly() {
  fs_->clear_faults();
  for (LogState& state : logs_) state.pending.reset();
  // A log whose sync failed before cannot be closed in order; then it recovers.
  const bool closed = store_->close(now_).has_value();
  std::array<bool, kLogs> stopped{};
  for (LogState& state : logs_) {
    stopped[static_cast<std::size_t>(state.slot)] = state.log->is_stopped();
    acknowledge(state);
    for (SentBatch& batch : state.sent) batch.durable = batch.durable || (closed && !batch.failed);
    state.log.reset();
  }
  if (!open(fmt::format("boot-{}", boot_))) return;
  for (LogState& state : logs_) {
    // Some logs stay as nobody has looked at them since; but the batches of a write that could not be cut back may be there again.
    if (pick(3) == 0 && !stopped[static_cast<std::size_t>(state.slot)]) continue;
    if (!check(state, Stop::kill)) return static_cast<void>(wrong("after an orderly restart: " + failure_));
  }
}

}  // namespace streamline::storage::crash
