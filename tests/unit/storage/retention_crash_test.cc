// Power cuts and kills around moving log starts: whatever was shown stays, whatever was deleted stays deleted, no offset comes twice.
#include <random>

#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr std::uint64_t kSeeds = 60;

struct History {
  Bench<MemoryPlace> bench;
  std::mt19937_64 random;
  std::int64_t now_ms = kNow.ms;
  std::int64_t shown_start = 0;
  std::int64_t asked_start = 0;
  std::int64_t visible_end = 0;

  History(std::uint64_t seed, Durability durability)
      : bench({.segment_bytes = 900,
               .index_interval_bytes = 100,
               .durability = durability,
               .retention = {.ms = 40'000, .bytes = 6000, .file_delete_delay_ms = 3000}}),
        random(seed) {}

  std::uint64_t pick(std::uint64_t below) { return random() % below; }
  void note() {
    shown_start = std::max(shown_start, bench.log->log_start().value);
    asked_start = std::max(asked_start, shown_start);
    visible_end = std::max(visible_end, bench.log->high_watermark().value);
  }
  void move_to(Offset start) {
    asked_start = std::max(asked_start, start.value);
    const StartMove move{.topic_id = topic_id(1), .partition = 0, .start = start};
    static_cast<void>(bench.store->move_starts(std::span(&move, 1), WallTime{now_ms}));
  }
  void step() {
    now_ms += static_cast<std::int64_t>(pick(4000));
    switch (pick(8)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const AppendItem item = append_batch(*bench.log, make_batch_of(100 + pick(400), now_ms), WallTime{now_ms});
        if (!item.error) CHECK(item.base_offset.value >= visible_end);
        break;
      }
      case 4:
        if (const Result<SyncTarget> target = bench.log->begin_sync()) bench.log->finish_sync(*target, target->run());
        break;
      case 5: {
        const Result<Offset> start = bench.log->retention_start(WallTime{now_ms});
        if (start) move_to(*start);
        bench.log->purge_dropped(WallTime{now_ms});
        break;
      }
      case 6: {
        const auto length = static_cast<std::uint64_t>(bench.log->high_watermark().value - bench.log->log_start().value);
        move_to(bench.log->log_start() + static_cast<std::int64_t>(pick(length + 1)));
        break;
      }
      default:
        if (pick(3) == 0) {
          static constexpr fs::Operation kSteps[] = {fs::Operation::rename, fs::Operation::remove, fs::Operation::sync_directory,
                                                     fs::Operation::write, fs::Operation::open};
          bench.place.fs.fail_next({.operation = kSteps[pick(std::size(kSteps))], .path_part = "d", .skip = static_cast<int>(pick(3))});
        }
        static_cast<void>(bench.store->checkpoint(WallTime{now_ms}));
    }
    note();
  }
  /// Opens the files that a stop left and looks at them.
  void check_after(fs::FileSystem& files, const std::string& boot, std::int64_t owed_end) const {
    Result<std::unique_ptr<LogStore>> store =
        LogStore::open(files, {.data_directory = bench.place.root + "/d", .node_id = NodeId(1), .cluster_id = {}, .boot_id = boot});
    REQUIRE(store);
    const Result<std::shared_ptr<Log>> log = (*store)->open_log("topic", topic_id(1), 0, bench.options, WallTime{now_ms});
    REQUIRE(log);
    const Offset start = (*log)->log_start();
    CHECK(start.value >= shown_start);
    CHECK(start.value <= asked_start);
    CHECK((*log)->log_end().value >= owed_end);
    CHECK((*log)->log_end() >= start);
    const std::vector<std::int64_t> offsets = read_all(**log, start);
    std::int64_t next = start.value;
    for (const std::int64_t offset : offsets) CHECK(offset == next++);
    CHECK(next == (*log)->log_end().value);
    const Result<std::vector<std::string>> names = files.list((*store)->layout().partition("topic", 0));
    if (!names) return;
    for (const std::string& name : *names) {
      CHECK_FALSE(name.ends_with(".deleted"));
      const std::optional<Offset> base = parse_offset_file_name(name, kSegmentEnding);
      // At most one segment may start below the log's start: the one that holds it.
      if (base && *base < start) CHECK(read_all(**log, start).size() == offsets.size());
    }
  }
};

void cut_power(Durability durability) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    History history(seed, durability);
    for (int i = 0; i < 60; ++i) {
      history.step();
      if (i % 6 != 5) continue;
      const std::int64_t owed = durability == Durability::always ? history.visible_end : history.shown_start;
      history.check_after(*history.bench.place.fs.crash_clone(seed * 100 + static_cast<std::uint64_t>(i)), "boot-2", owed);
      history.check_after(*history.bench.place.fs.kill_clone(), "boot-1", history.visible_end);
    }
  }
}

TEST_CASE("power cuts and kills never take a log start back, with durability always", "[storage]") { cut_power(Durability::always); }
TEST_CASE("power cuts and kills never take a log start back, with durability interval", "[storage]") { cut_power(Durability::interval); }

}  // namespace
}  // namespace streamline::storage::test
