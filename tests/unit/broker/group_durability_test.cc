// What the answer to a commit means, and what a crash, a power cut or a failed write leaves of committed offsets.
#include <catch2/catch.hpp>
#include <string>

#include "broker/coordinator/group_coordinators.h"
#include "fs/memory_file_system.h"
#include "support/group_requests.h"
#include "support/watched_files.h"
#include "support/whole_broker.h"
#include "wire/messages/api_versions.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

const std::string kGroup = "g";

/// A broker with the topic "t" and a coordinator.
struct Served {
  explicit Served(fs::FileSystem& files)
      : whole({.files = files, .properties = {{"offsets.topic.num.partitions", "1"}}, .quick_sync = {}}) {}
  void prepare() {
    whole.create_topic("t", 4);
    REQUIRE(find_coordinator(client, kGroup) == ErrorCode::none);
  }
  ErrorCode commit(std::int64_t offset) { return test::commit(client, {.group = kGroup, .topic = "t", .offset = offset}); }
  Committed committed() { return test::committed(client, kGroup, "t"); }
  /// Whole turns of the one reactor after everything that was sent before.
  void pass_turns() {
    RawClient other(whole.port());
    for (int i = 0; i < 2; ++i) static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  }
  WholeBroker whole;
  RawClient client{whole.port()};
};

}  // namespace

TEST_CASE("a commit is answered after its sync, and nobody is told of it before") {
  fs::MemoryFileSystem memory;
  WatchedFiles files(memory);
  Served served(files);
  served.prepare();
  REQUIRE(served.commit(1) == ErrorCode::none);
  RawClient reader(served.whole.port());
  files.hold_syncs();
  served.client.send(commit_frame({.group = kGroup, .topic = "t", .offset = 2}));
  files.await_held(1);
  reader.send(committed_frame(kGroup, "t"));
  served.pass_turns();
  CHECK_FALSE(served.client.has_answer());
  CHECK_FALSE(reader.has_answer());
  files.release_syncs();
  CHECK(receive_commit(served.client) == ErrorCode::none);
  CHECK(receive_committed(reader) == Committed{ErrorCode::none, 2});
}

TEST_CASE("commits of many connections that wait together share a sync") {
  fs::MemoryFileSystem memory;
  WatchedFiles files(memory);
  Served served(files);
  served.prepare();
  files.hold_syncs();
  served.client.send(commit_frame({.group = kGroup, .topic = "t", .offset = 1}));
  files.await_held(1);
  const std::uint64_t syncs = files.segment_syncs();
  std::vector<std::unique_ptr<RawClient>> others;
  for (int i = 0; i < 20; ++i) {
    others.push_back(std::make_unique<RawClient>(served.whole.port()));
    others.back()->send(commit_frame({.group = "g" + std::to_string(i), .topic = "t", .offset = i}));
  }
  while (served.whole.partition(broker::kGroupsTopic)->log().log_end() < Offset(21)) served.pass_turns();
  files.release_syncs();
  CHECK(receive_commit(served.client) == ErrorCode::none);
  for (const auto& other : others) CHECK(receive_commit(*other) == ErrorCode::none);
  CHECK(files.segment_syncs() - syncs <= 3);
}

TEST_CASE("every commit that was answered is there after a power cut") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  for (std::int64_t offset = 1; offset <= 20; ++offset) REQUIRE(served.commit(offset) == ErrorCode::none);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto after = files.crash_clone(seed);
    Served again(*after);
    REQUIRE(find_coordinator(again.client, kGroup) == ErrorCode::none);
    CHECK(again.committed() == Committed{ErrorCode::none, 20});
  }
}

TEST_CASE("a commit that could not be written is refused, and the one before it stands") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.commit(1) == ErrorCode::none);
  files.fail_next({.operation = fs::Operation::write, .path_part = "__consumer_offsets", .code = Errc::no_space});
  CHECK(served.commit(2) != ErrorCode::none);
  REQUIRE(find_coordinator(served.client, kGroup) == ErrorCode::none);
  CHECK(served.committed() == Committed{ErrorCode::none, 1});
  CHECK(served.commit(3) == ErrorCode::none);
  CHECK(served.committed() == Committed{ErrorCode::none, 3});
}

TEST_CASE("on a full disk commits are refused, and nobody is kept from reading what was committed") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.commit(1) == ErrorCode::none);
  files.set_free_bytes(0);
  // The first one has to be tried, and has the groups loaded again.
  CHECK(served.commit(2) == ErrorCode::not_coordinator);
  while (served.committed().error == ErrorCode::coordinator_load_in_progress) {}
  for (int i = 0; i < 20; ++i) {
    CHECK(served.commit(2) == ErrorCode::not_coordinator);
    CHECK(served.committed() == Committed{ErrorCode::none, 1});
  }
  files.set_free_bytes(std::uint64_t{1} << 30);
  while (served.commit(3) != ErrorCode::none) {}
  CHECK(served.committed() == Committed{ErrorCode::none, 3});
}

TEST_CASE("after a failed sync no commit is confirmed that a restart would not find") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.commit(1) == ErrorCode::none);
  files.fail_next({.operation = fs::Operation::sync, .path_part = "__consumer_offsets"});
  CHECK(served.commit(2) == ErrorCode::not_coordinator);
  const auto after = files.crash_clone(1);
  Served again(*after);
  REQUIRE(find_coordinator(again.client, kGroup) == ErrorCode::none);
  const Committed found = again.committed();
  CHECK(found.error == ErrorCode::none);
  CHECK(found.offset >= 1);
}

TEST_CASE("a group is served again once the log whose sync failed was checked") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.commit(1) == ErrorCode::none);
  files.fail_next({.operation = fs::Operation::sync, .path_part = "__consumer_offsets"});
  REQUIRE(served.commit(2) == ErrorCode::not_coordinator);
  ErrorCode error = ErrorCode::not_coordinator;
  while (error == ErrorCode::not_coordinator || error == ErrorCode::coordinator_load_in_progress) error = served.commit(3);
  CHECK(error == ErrorCode::none);
  CHECK(served.committed() == Committed{ErrorCode::none, 3});
}
