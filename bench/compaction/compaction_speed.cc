// How fast a log is compacted, beside a plain copy of the same files: in one run, the copy first.
//   compaction_speed [--megabytes 1000] [--record-bytes 1024] [--keys 500000] [--runs 3] [--dir .]
// Each run writes the log anew: uncompressed batches of 64 records, keys in a fixed shuffle, segments of 256 MiB.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "common/clock.h"
#include "common/flags.h"
#include "common/sockets.h"
#include "fs/posix_file_system.h"
#include "record/batch_builder.h"
#include "storage/compaction/cleaner.h"
#include "storage/log_store.h"

namespace streamline::bench {
namespace {

constexpr int kRecordsPerBatch = 64;
constexpr std::size_t kLeastRecordBytes = 64;
constexpr std::size_t kCopyStep = std::size_t{1} << 20;

struct Options {
  std::uint64_t bytes = 0;
  std::size_t record_bytes = 0;
  std::uint64_t keys = 0;
  std::string dir;
};

struct AnyPace final : storage::Pace {
  bool proceed(std::uint64_t) override { return true; }
};

storage::LogOptions log_options() {
  return {.segment_bytes = std::uint64_t{256} << 20, .segment_ms = 1000, .durability = storage::Durability::interval};
}

Status append(storage::Log& log, const Options& options, std::uint64_t first) {
  record::BatchBuilder builder;
  std::string value(options.record_bytes - 24, 'v');
  for (std::uint64_t i = first; i < first + kRecordsPerBatch; ++i) {
    // A multiplication by an odd number visits the keys in an order that no cache likes.
    const std::string key = fmt::format("key-{:012}", i * 2654435761ULL % options.keys);
    record::NewRecord record;
    record.timestamp = 1'700'000'000'000;
    record.key = as_bytes(key);
    record.value = as_bytes(value);
    builder.add(record);
  }
  Result<std::vector<std::byte>> batch = builder.finish();
  if (!batch) return fail_with(std::move(batch));
  storage::AppendItem item{.batch = *batch};
  storage::AppendItem* const items[] = {&item};
  static_cast<void>(log.append(items, WallTime{1}));
  return item.error ? Status(fail(*item.error, "append")) : Status{};
}

Status fill(storage::Log& log, const Options& options) {
  for (std::uint64_t i = 0; i * options.record_bytes < options.bytes; i += kRecordsPerBatch) {
    if (Status appended = append(log, options, i); !appended) return appended;
  }
  if (Status rolled = log.roll_if_due(WallTime{100'000}); !rolled) return rolled;
  return log.sync();
}

enum class Synced : std::uint8_t { no, yes };

/// Copies as cp does; microseconds.
Result<std::int64_t> copy(const std::string& from, const std::string& to, Synced synced) {
  const std::int64_t start = now_ns();
  std::vector<std::byte> step(kCopyStep);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const Fd in(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    const Fd out(::open((to + entry.path().filename().string()).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (in.get() < 0 || out.get() < 0) return fail_errno(errno, "open");
    for (;;) {
      const ssize_t got = ::read(in.get(), step.data(), step.size());
      if (got < 0) return fail_errno(errno, "read");
      if (got == 0) break;
      if (::write(out.get(), step.data(), static_cast<std::size_t>(got)) != got) return fail_errno(errno, "write");
    }
    if (synced == Synced::yes && ::fdatasync(out.get()) != 0) return fail_errno(errno, "fdatasync");
  }
  return (now_ns() - start) / 1000;
}

struct Figures {
  std::int64_t copy_us = 0;
  std::int64_t synced_copy_us = 0;
  std::int64_t compact_us = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

Status compact(fs::FileSystem& file_system, storage::Log& log, Figures& figures) {
  const storage::CompactionOptions options{.segment_bytes = log_options().segment_bytes};
  AnyPace pace;
  const std::int64_t start = now_ns();
  auto range = storage::find_dirty_range(file_system, log, options, WallTime{200'000});
  if (!range) return fail_with(std::move(range));
  if (!*range) return fail(Errc::invalid_argument, "nothing to compact");
  auto report = storage::Cleaner(file_system, {}, pace).clean(log, options, **range, WallTime{200'000});
  if (!report) return fail_with(std::move(report));
  figures.bytes_before = report->bytes_before;
  figures.bytes_after = report->bytes_after;
  figures.compact_us = (now_ns() - start) / 1000;
  return {};
}

Status take_figures(storage::Log& log, fs::FileSystem& file_system, const std::string& copies, Figures& figures) {
  for (const Synced synced : {Synced::no, Synced::yes}) {
    if (Status made = file_system.make_directories(copies); !made) return made;
    Result<std::int64_t> copied = copy(log.identity().directory, copies, synced);
    if (!copied) return fail_with(std::move(copied));
    (synced == Synced::yes ? figures.synced_copy_us : figures.copy_us) = *copied;
    if (Status removed = file_system.remove_all(copies); !removed) return removed;
  }
  return compact(file_system, log, figures);
}

Result<Figures> run_once(const Options& options) {
  fs::PosixFileSystem file_system;
  const std::string root = fmt::format("{}/compaction-bench-{}", options.dir, ::getpid());
  const std::string copies = root + "-copies/";
  if (Status removed = file_system.remove_all(root); !removed) return fail_with(std::move(removed));
  auto store = storage::LogStore::open(file_system, {.data_directory = root});
  if (!store) return fail_with(std::move(store));
  if (Status made = file_system.make_directories((*store)->layout().topic("t")); !made) return fail_with(std::move(made));
  TopicId id;
  id.bytes[0] = std::byte{1};
  auto log = (*store)->open_log("t", id, 0, log_options(), WallTime{1});
  if (!log) return fail_with(std::move(log));
  if (Status filled = fill(**log, options); !filled) return fail_with(std::move(filled));
  Figures figures;
  const Status taken = take_figures(**log, file_system, copies, figures);
  log->reset();
  store->reset();
  for (const std::string& directory : {root, copies}) {
    if (Status removed = file_system.remove_all(directory); !removed) return fail_with(std::move(removed));
  }
  if (!taken) return std::unexpected(taken.error());
  return figures;
}

void print(const Figures& figures) {
  const auto rate = [&](std::int64_t us) { return static_cast<double>(figures.bytes_before) / static_cast<double>(us); };
  rusage usage{};
  const bool known = ::getrusage(RUSAGE_SELF, &usage) == 0;
  fmt::print("{{\"copy_mb_s\": {:.0f}, \"synced_copy_mb_s\": {:.0f}, \"compaction_mb_s\": {:.0f}, ", rate(figures.copy_us),
             rate(figures.synced_copy_us), rate(figures.compact_us));
  fmt::print("\"bytes_before\": {}, \"bytes_after\": {}, \"peak_resident_mib\": {}}}\n", figures.bytes_before, figures.bytes_after,
             known ? usage.ru_maxrss / 1024 : -1);
}

}  // namespace

int run(int argc, char** argv) {
  Flags flags(argc, argv);
  Options options;
  options.bytes = static_cast<std::uint64_t>(flags.number("megabytes", 1000)) * 1'000'000;
  options.record_bytes = static_cast<std::size_t>(flags.number("record-bytes", 1024));
  options.keys = static_cast<std::uint64_t>(flags.number("keys", 500'000));
  options.dir = flags.text("dir", ".");
  const std::int64_t runs = flags.number("runs", 3);
  if (Status checked = flags.check(); !checked) return report_failure("compaction_speed", checked.error());
  if (options.record_bytes < kLeastRecordBytes || options.keys == 0) {
    return report_failure("compaction_speed", {Errc::invalid_argument, "records of 64 bytes at least, and one key"});
  }
  for (std::int64_t i = 0; i < runs; ++i) {
    const Result<Figures> figures = run_once(options);
    if (!figures) return report_failure("compaction_speed", figures.error());
    print(*figures);
  }
  return 0;
}

}  // namespace streamline::bench

int main(int argc, char** argv) { return streamline::bench::run(argc, argv); }
