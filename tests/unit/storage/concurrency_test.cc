// Readers beside an appender, with syncs, rolls and checkpoints: for the thread sanitizer, and for what readers may see.
#include <atomic>
#include <thread>

#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr std::int64_t kRecords = 3000;

/// Reads from the start to kRecords as a tail reader; returns what was wrong, if anything.
std::string follow(const Log& log, std::size_t step) {
  ReadCursor cursor;
  Offset next{0};
  std::vector<std::byte> bytes;
  while (next < Offset(kRecords)) {
    const Result<ReadPlan> plan = log.read(next, log.high_watermark(), step, MinOneBatch::yes, cursor);
    if (!plan) return plan.error().text;
    for (const ReadRun& run : plan->runs()) {
      bytes.resize(run.length);
      const Result<std::size_t> got = run.file->read_at(run.position, bytes);
      if (!got || *got != run.length) return "short read";
      record::BatchWalker walker(bytes);
      for (;;) {
        const Result<std::optional<record::BatchView>> batch = walker.next();
        if (!batch) return batch.error().text;
        if (!*batch) break;
        if ((*batch)->header.base_offset != next) return "offset " + std::to_string((*batch)->header.base_offset.value);
        if (!record::check_crc((*batch)->bytes)) return "crc";
        next = (*batch)->header.next_offset();
      }
      if (!walker.rest().empty()) return "cut batch";
    }
    if (plan->empty()) std::this_thread::yield();
  }
  return {};
}

std::string look_up(const Log& log) {
  while (log.high_watermark() < Offset(kRecords)) {
    const Result<std::optional<TimestampOffset>> first = log.offset_for_time(0);
    if (!first) return first.error().text;
    if (*first && (*first)->offset != Offset(0)) return "first record";
    const Result<TimestampOffset> newest = log.max_timestamp_offset();
    if (!newest) return newest.error().text;
    if (newest->offset.value >= 0 && newest->timestamp != newest->offset.value) return "max timestamp";
  }
  return {};
}

ON_EACH_FILE_SYSTEM("readers beside an appender see whole batches, in order, up to the high watermark") {
  for (const Durability durability : {Durability::always, Durability::interval}) {
    Bench<TestType> bench({.segment_bytes = 30'000, .index_interval_bytes = 500, .durability = durability});
    Log& log = *bench.log;
    std::vector<std::string> wrong(3);
    std::atomic<bool> done = false;
    std::vector<std::thread> threads;
    threads.emplace_back([&] { wrong[0] = follow(log, 700); });
    threads.emplace_back([&] { wrong[1] = follow(log, 1U << 20U); });
    threads.emplace_back([&] { wrong[2] = look_up(log); });
    Status checkpointed;
    threads.emplace_back([&] {
      while (!done && checkpointed) {
        sync(log);
        checkpointed = bench.store->checkpoint(kNow);
      }
    });
    std::vector<std::byte> batch;
    for (std::int64_t i = 0; i < kRecords; i += 3) {
      batch = make_batch({.count = 3,
                          .timestamp = i,
                          .value = "some value",
                          .producer = ProducerId(1),
                          .epoch = 0,
                          .sequence = static_cast<std::int32_t>(i)});
      AppendItem item{.batch = batch};
      AppendItem* const items[] = {&item};
      static_cast<void>(log.append(items, kNow));
      REQUIRE_FALSE(item.error);
    }
    for (std::size_t i = 0; i < 3; ++i) threads[i].join();
    done = true;
    threads[3].join();
    CHECK(wrong == std::vector<std::string>(3));
    CHECK(checkpointed);
  }
}

}  // namespace
}  // namespace streamline::storage::test
