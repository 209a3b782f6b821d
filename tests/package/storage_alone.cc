// The log engine by itself: a program that links base, fs, record and storage writes a batch and reads it back.
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include "fs/memory_file_system.h"
#include "record/batch_builder.h"
#include "storage/log_store.h"

namespace {

using namespace streamline;

constexpr WallTime kNow{1'700'000'000'000};

/// One batch of two records.
Result<std::vector<std::byte>> two_records() {
  record::BatchBuilder builder;
  for (std::string_view value : {"first", "second"}) builder.add({.timestamp = kNow.ms, .value = as_bytes(value)});
  return builder.finish();
}

/// Appends the batch to a new log and gives back the bytes a reader gets.
Result<std::vector<std::byte>> written_and_read(std::vector<std::byte>& batch) {
  fs::MemoryFileSystem files(fs::DurabilityTracking::off);
  auto store = storage::LogStore::open(files, {.data_directory = "data", .cluster_id = {}, .boot_id = {}});
  if (!store) return fail_with(std::move(store));
  auto log = (*store)->create_log("orders", TopicId{}, 0, {.durability = storage::Durability::none}, kNow);
  if (!log) return fail_with(std::move(log));

  storage::AppendItem item;
  item.batch = batch;
  storage::AppendItem* items[] = {&item};
  const storage::AppendSummary summary = (*log)->append(items, kNow);
  if (item.error || summary.end != Offset(2)) return fail(Errc::io, "the append was refused");

  storage::ReadCursor cursor;
  auto plan = (*log)->read(Offset(0), (*log)->high_watermark(), 1U << 20U, storage::MinOneBatch::yes, cursor);
  if (!plan) return fail_with(std::move(plan));
  std::vector<std::byte> bytes;
  for (const storage::ReadRun& run : plan->runs()) {
    const std::size_t before = bytes.size();
    bytes.resize(before + run.length);
    auto read = run.file->read_at(run.position, MutableBytes(bytes).subspan(before));
    if (!read) return fail(read.error().code, read.error().text);
  }
  if (auto closed = (*store)->close(kNow); !closed) return fail_with(std::move(closed));
  return bytes;
}

}  // namespace

int main() {
  auto batch = two_records();
  if (!batch) return std::fprintf(stderr, "%s\n", batch.error().text.c_str()), 1;
  auto bytes = written_and_read(*batch);
  if (!bytes) return std::fprintf(stderr, "%s\n", bytes.error().text.c_str()), 1;
  if (!std::ranges::equal(*bytes, *batch)) return std::fprintf(stderr, "other bytes came back\n"), 1;
  return 0;
}
