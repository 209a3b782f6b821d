// How many segment files are open, and that nobody notices when one is closed and opened again.
#include "storage/open_files.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>

#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

struct OneDirectory {
  OneDirectory() { REQUIRE(real.make_directory("d")); }
  std::unique_ptr<fs::File> open(int n) {
    auto file = real.open(fmt::format("d/{}", n), {.create = true});
    REQUIRE(file);
    return std::move(*file);
  }
  fs::MemoryFileSystem real;
};

TEST_CASE("the file that was not used for longest is closed, and one in use never") {
  OneDirectory files;
  const auto open_files = std::make_shared<OpenFiles>(files.real, 2);
  std::array<FileSlot, 4> slots;
  for (FileSlot& slot : slots) slot.attach(open_files);
  const auto held = slots[0].put(files.open(0));
  static_cast<void>(slots[1].put(files.open(1)));
  static_cast<void>(slots[2].put(files.open(2)));
  CHECK(open_files->open_count() == 2);
  CHECK(slots[0].get() == held);
  CHECK(slots[1].get() == nullptr);
  static_cast<void>(slots[3].put(files.open(3)));
  CHECK(slots[0].get() == held);
  CHECK(slots[2].get() == nullptr);
}

TEST_CASE("what was written and not synced is closed last") {
  OneDirectory files;
  const auto open_files = std::make_shared<OpenFiles>(files.real, 2);
  std::array<FileSlot, 4> slots;
  for (FileSlot& slot : slots) slot.attach(open_files);
  static_cast<void>(slots[0].put(files.open(0)));
  slots[0].set_dirty(true);
  static_cast<void>(slots[1].put(files.open(1)));
  static_cast<void>(slots[2].put(files.open(2)));
  CHECK(slots[0].get() != nullptr);
  CHECK(slots[1].get() == nullptr);
  slots[2].set_dirty(true);
  const auto newest = slots[3].put(files.open(3));
  slots[3].set_dirty(true);
  // All are dirty now and there are too many: one of them has to go.
  CHECK(open_files->open_count() == 2);
}

TEST_CASE("a slot that ends is counted no more, and outlives its owner") {
  OneDirectory files;
  auto open_files = std::make_shared<OpenFiles>(files.real, 2);
  FileSlot longer;
  longer.attach(open_files);
  {
    FileSlot slot;
    slot.attach(open_files);
    static_cast<void>(slot.put(files.open(0)));
    CHECK(open_files->open_count() == 1);
  }
  CHECK(open_files->open_count() == 0);
  static_cast<void>(longer.put(files.open(1)));
  open_files.reset();
  CHECK(longer.get() != nullptr);
}

TEST_CASE("a call that finds no descriptor closes idle files and succeeds") {
  OneDirectory files;
  const auto open_files = std::make_shared<OpenFiles>(files.real, 100);
  FileSlot slot;
  slot.attach(open_files);
  static_cast<void>(slot.put(files.open(0)));
  files.real.fail_next({.operation = fs::Operation::open, .path_part = "d/1", .code = Errc::too_many_files});
  CHECK(open_files->open("d/1", {.create = true}));
  CHECK(slot.get() == nullptr);
  // Nothing is left to be closed.
  files.real.fail_next({.operation = fs::Operation::open, .path_part = "d/2", .code = Errc::too_many_files});
  CHECK(open_files->open("d/2", {.create = true}).error().code == Errc::too_many_files);
}

/// The process may open only so many more files while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = ::dup(0);
    REQUIRE(next >= 0);
    ::close(next);
    rlimit lowered = before_;
    lowered.rlim_cur = static_cast<rlim_t>(next) + more;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  }
  ~FewDescriptors() { CHECK(::setrlimit(RLIMIT_NOFILE, &before_) == 0); }

 private:
  rlimit before_ = {};
};

TEST_CASE("rule 143: more partitions than descriptors are written, synced, read, rolled and recovered") {
  constexpr int kLogs = 40;
  // Within the bound, and with a bound that the system does not grant.
  const auto [durability, most] = GENERATE(std::pair(Durability::none, std::size_t{8}), std::pair(Durability::always, std::size_t{1000}));
  PosixPlace place;
  const FewDescriptors few(20);
  const LogOptions options{.segment_bytes = 600, .preallocate_bytes = 0, .durability = durability};
  for (int start = 0; start < 2; ++start) {
    const Result<std::unique_ptr<LogStore>> store =
        LogStore::open(place.fs, {.data_directory = place.root, .boot_id = "boot", .most_open_files = most});
    REQUIRE(store);
    std::vector<std::shared_ptr<Log>> logs;
    for (int n = 0; n < kLogs; ++n) {
      const std::string topic = fmt::format("topic-{}", n);
      REQUIRE(place.fs.make_directories((*store)->layout().topic(topic)));
      Result<std::shared_ptr<Log>> log = (*store)->open_log(topic, topic_id(n), 0, options, kNow);
      REQUIRE(log);
      logs.push_back(std::move(*log));
    }
    for (int round = 0; round < 2; ++round) {
      for (const std::shared_ptr<Log>& log : logs) {
        REQUIRE(append_one(*log, {.count = 2, .value = std::string(150, 'v')}).error == std::nullopt);
        sync(*log);
      }
    }
    for (const std::shared_ptr<Log>& log : logs) {
      CHECK(log->log_end() == Offset(4 * (start + 1)));
      CHECK(read_all(*log, Offset(0)).size() == static_cast<std::size_t>(2 * (start + 1)));
    }
    if (most == 8) CHECK((*store)->open_files() <= 9);
    REQUIRE((*store)->checkpoint(kNow));
    // A kill: what was not closed is recovered by the second start.
  }
}

}  // namespace
}  // namespace streamline::storage::test
