// Bringing logs back after an unclean stop: several at once, with a line each second and one at the end.
#include "broker/log_opener.h"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "base/log.h"
#include "fs/memory_file_system.h"
#include "record/batch_builder.h"
#include "support/watched_files.h"

namespace streamline::broker {
namespace {

constexpr WallTime kNow{1'000'000};
constexpr int kPartitions = 6;
constexpr int kThreads = 3;

/// What is logged while it lives, to be waited for.
class LogLines {
 public:
  LogLines() {
    REQUIRE(::pipe(ends_.data()) == 0);
    kept_ = ::dup(STDERR_FILENO);
    REQUIRE(::dup2(ends_[1], STDERR_FILENO) == STDERR_FILENO);
  }
  ~LogLines() {
    static_cast<void>(::dup2(kept_, STDERR_FILENO));
    for (const int end : {kept_, ends_[0], ends_[1]}) static_cast<void>(::close(end));
  }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  /// Returns the first line that contains it.
  std::string await(const std::string& part) {
    for (;;) {
      for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
        const std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        if (line.find(part) != std::string::npos) return line;
      }
      std::array<char, 4096> more{};
      const ssize_t got = ::read(ends_[0], more.data(), more.size());
      REQUIRE(got > 0);
      text_.append(more.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  std::array<int, 2> ends_{};
  int kept_ = -1;
  std::string text_;
};

bool holds(const std::string& line, const std::string& part) { return line.find(part) != std::string::npos; }

struct Directory {
  fs::MemoryFileSystem files;
  TopicId id{};
  storage::LogOptions options{.preallocate_bytes = 0, .durability = storage::Durability::always};
  std::string boot = "boot-1";

  Directory() {
    id.bytes[0] = std::byte{1};
    const auto store = open(files);
    REQUIRE(files.make_directories(store->layout().topic("topic")));
    for (int i = 0; i < kPartitions; ++i) {
      const auto log = store->open_log("topic", id, i, options, kNow);
      REQUIRE(log);
      record::BatchBuilder builder{record::BatchOptions{}};
      record::NewRecord record;
      record.timestamp = 1;
      builder.add(record);
      Result<std::vector<std::byte>> batch = builder.finish();
      REQUIRE(batch);
      storage::AppendItem item{.batch = *batch};
      storage::AppendItem* const items[] = {&item};
      static_cast<void>((*log)->append(items, kNow));
    }
    REQUIRE(store->checkpoint(kNow));
  }

  std::unique_ptr<storage::LogStore> open(fs::FileSystem& file_system) const {
    auto store = storage::LogStore::open(file_system, {.data_directory = "data", .boot_id = boot});
    REQUIRE(store);
    return *std::move(store);
  }
  LogOpener::Wanted wanted() const { return {.name = "topic", .id = id, .partition_count = kPartitions, .options = options}; }
};

TEST_CASE("after a power loss several logs are read at once, and each second tells how far it is") {
  Directory directory;
  directory.boot = "boot-2";
  streamline::test::WatchedFiles watched(directory.files);
  const auto store = directory.open(watched);
  watched.make_cold();
  watched.hold_reads();
  Pool pool(kThreads);
  const LogOpener::Wanted wanted[] = {directory.wanted()};
  LogOpener opener(*store, wanted, kNow);
  LogLines lines;
  std::jthread opening([&] { opener.run(pool, kThreads); });
  watched.await_held_reads(kThreads);
  const std::string progress = lines.await("recovering");
  CHECK(holds(progress, "partitions=0/6"));
  watched.release_reads();
  const std::string result = lines.await("recovered");
  CHECK(holds(result, "after=power_loss partitions=6 failed=0"));
  CHECK(holds(result, "cut=0 torn_bytes=0 damaged_bytes=0"));
  CHECK(store->report().logs_opened == kPartitions);
  opening.join();
  pool.stop();
}

TEST_CASE("what a kill left is told at the end") {
  Directory directory;
  const auto torn = directory.files.open("data/topics/topic/partition-2/00000000000000000000.segment", {});
  REQUIRE(torn);
  REQUIRE((*torn)->write_at((*torn)->size().value(), as_bytes("half a batch")));
  const auto store = directory.open(directory.files);
  Pool pool(kThreads);
  const LogOpener::Wanted wanted[] = {directory.wanted()};
  LogOpener opener(*store, wanted, kNow);
  LogLines lines;
  opener.run(pool, kThreads);
  const std::string result = lines.await("recovered");
  CHECK(holds(result, "after=kill partitions=6 failed=0"));
  CHECK(holds(result, "cut=1 torn_bytes=12"));
  pool.stop();
}

}  // namespace
}  // namespace streamline::broker
