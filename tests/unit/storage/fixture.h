// What the storage tests share: a data directory on either file system, batches, and a reader that checks what it reads.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fs/memory_file_system.h"
#include "fs/posix_file_system.h"
#include "record/batch_builder.h"
#include "record/batch_walker.h"
#include "record/record_iterator.h"
#include "storage/log_store.h"

namespace streamline::storage::test {

inline constexpr WallTime kNow{1'000'000};

struct PosixPlace {
  fs::PosixFileSystem fs;
  std::string root;
  PosixPlace() {
    const char* temporary = std::getenv("TMPDIR");
    std::string pattern = std::string(temporary != nullptr ? temporary : "/tmp") + "/streamline-storage-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
  }
  ~PosixPlace() { static_cast<void>(fs.remove_all(root)); }
};
struct MemoryPlace {
  fs::MemoryFileSystem fs;
  std::string root = "data";
};

struct BatchSpec {
  int count = 1;
  std::int64_t timestamp = 1000;  // of the first; each later one has one more
  std::string value = "value";
  record::Codec codec = record::Codec::none;
  ProducerId producer = kNoProducerId;
  std::int16_t epoch = record::kNoProducerEpoch;
  std::int32_t sequence = record::kNoSequence;
  bool transactional = false;
};

inline std::vector<std::byte> make_batch(const BatchSpec& spec) {
  record::BatchOptions options;
  options.codec = spec.codec;
  options.producer_id = spec.producer;
  options.producer_epoch = spec.epoch;
  options.base_sequence = spec.sequence;
  options.transactional = spec.transactional;
  record::BatchBuilder builder(options);
  for (int i = 0; i < spec.count; ++i) {
    record::NewRecord record;
    record.timestamp = spec.timestamp + i;
    record.value = as_bytes(spec.value);
    builder.add(record);
  }
  Result<std::vector<std::byte>> batch = builder.finish();
  REQUIRE(batch);
  return std::move(*batch);
}

/// A batch of one record that takes about `bytes`.
inline std::vector<std::byte> make_batch_of(std::size_t bytes, std::int64_t timestamp = 1000) {
  return make_batch({.timestamp = timestamp, .value = std::string(bytes > 80 ? bytes - 80 : 1, 'v')});
}

inline AppendItem append_batch(Log& log, std::vector<std::byte> batch, WallTime now = kNow) {
  AppendItem item{.batch = batch};
  AppendItem* const items[] = {&item};
  static_cast<void>(log.append(items, now));
  item.batch = {};
  return item;
}
inline AppendItem append_one(Log& log, const BatchSpec& spec, WallTime now = kNow) { return append_batch(log, make_batch(spec), now); }

inline void sync(Log& log) {
  const Result<SyncTarget> target = log.begin_sync();
  REQUIRE(target);
  log.finish_sync(*target, target->run());
}

/// The bytes of a plan, one after the other.
inline std::vector<std::byte> bytes_of(const ReadPlan& plan) {
  std::vector<std::byte> all;
  for (const ReadRun& run : plan.runs()) {
    const std::size_t before = all.size();
    all.resize(before + run.length);
    REQUIRE(run.file->read_at(run.position, MutableBytes(all).subspan(before)).value() == run.length);
  }
  return all;
}

/// Headers of all batches in a plan; each is whole and has a right CRC.
inline std::vector<record::BatchHeader> batches_of(const ReadPlan& plan) {
  const std::vector<std::byte> bytes = bytes_of(plan);
  std::vector<record::BatchHeader> headers;
  record::BatchWalker walker(bytes);
  for (;;) {
    Result<std::optional<record::BatchView>> batch = walker.next();
    REQUIRE(batch);
    if (!*batch) break;
    REQUIRE(record::check_crc((*batch)->bytes));
    headers.push_back((*batch)->header);
  }
  REQUIRE(walker.rest().empty());
  return headers;
}

inline std::vector<std::int64_t> base_offsets(std::span<const record::BatchHeader> headers) {
  std::vector<std::int64_t> offsets;
  for (const record::BatchHeader& header : headers) offsets.push_back(header.base_offset.value);
  return offsets;
}

/// Base offsets of everything in [from, high watermark), read in steps.
inline std::vector<std::int64_t> read_all(const Log& log, Offset from, std::size_t step = 1U << 20U) {
  std::vector<std::int64_t> offsets;
  ReadCursor cursor;
  while (from < log.high_watermark()) {
    Result<ReadPlan> plan = log.read(from, log.high_watermark(), step, MinOneBatch::yes, cursor);
    REQUIRE(plan);
    REQUIRE_FALSE(plan->empty());
    for (const std::int64_t offset : base_offsets(batches_of(*plan))) offsets.push_back(offset);
    from = plan->next_offset();
  }
  return offsets;
}

inline TopicId topic_id(int n) {
  TopicId id;
  id.bytes[0] = std::byte{0x77};
  id.bytes[15] = static_cast<std::byte>(n);
  return id;
}

/// A data directory with one log, which can be reopened after each kind of stop.
template <class Place>
struct Bench {
  Place place;
  std::string boot = "boot-1";
  LogOptions options;
  std::unique_ptr<LogStore> store;
  std::shared_ptr<Log> log;

  explicit Bench(LogOptions with = {.durability = Durability::interval}) : options(with) { open(place.fs); }
  void open(fs::FileSystem& file_system, WallTime now = kNow) {
    Result<std::unique_ptr<LogStore>> opened =
        LogStore::open(file_system, {.data_directory = place.root + "/d", .node_id = NodeId(1), .cluster_id = {}, .boot_id = boot});
    if (!opened) FAIL(opened.error().text);
    store = std::move(*opened);
    REQUIRE(file_system.make_directories(store->layout().topic("topic")));
    Result<std::shared_ptr<Log>> one = store->open_log("topic", topic_id(1), 0, options, now);
    if (!one) FAIL(one.error().text);
    log = std::move(*one);
  }
  void drop() {
    log.reset();
    store.reset();
  }
  void reopen_clean() {
    REQUIRE(store->close(kNow));
    drop();
    open(place.fs);
  }
  /// As after kill -9 in the same boot.
  void reopen_killed() {
    drop();
    open(place.fs);
  }
  /// As after a power loss that happened to lose nothing.
  void reopen_other_boot() {
    drop();
    boot += "+";
    open(place.fs);
  }
  /// DeleteRecords.
  Status delete_before(Offset start) {
    const StartMove move{.topic_id = topic_id(1), .partition = 0, .start = start};
    return store->move_starts(std::span(&move, 1), kNow).front();
  }
  std::string partition_path(const std::string& name) const { return store->layout().partition("topic", 0) + "/" + name; }
  std::vector<std::string> files() { return place.fs.list(store->layout().partition("topic", 0)).value(); }
  std::unique_ptr<fs::File> open_file(const std::string& name) {
    Result<std::unique_ptr<fs::File>> file = place.fs.open(partition_path(name), {});
    REQUIRE(file);
    return std::move(*file);
  }
};

#define ON_EACH_FILE_SYSTEM(name) TEMPLATE_TEST_CASE(name, "[storage]", PosixPlace, MemoryPlace)

}  // namespace streamline::storage::test
