// What the answer to an EndTxn means, and what a power cut or a failed write leaves of transactions.
#include <catch2/catch.hpp>
#include <string>

#include "broker/coordinator/transaction_coordinators.h"
#include "fs/memory_file_system.h"
#include "support/transaction_requests.h"
#include "support/watched_files.h"
#include "support/whole_broker.h"
#include "wire/messages/api_versions.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

/// A broker with the topic "t" and a producer.
struct Served {
  explicit Served(fs::FileSystem& files)
      : whole({.files = files, .properties = {{"transaction.state.log.num.partitions", "1"}}, .quick_sync = {}}) {}
  void prepare() {
    whole.create_topic("t", 2);
    REQUIRE(producer.init() == ErrorCode::none);
  }
  /// Whole turns of the one reactor after everything that was sent before.
  void pass_turns() {
    RawClient other(whole.port());
    for (int i = 0; i < 2; ++i) static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  }
  Offset last_stable(std::size_t partition = 0) { return whole.partition("t", partition)->log().last_stable(); }
  Offset visible(std::size_t partition = 0) { return whole.partition("t", partition)->log().high_watermark(); }

  WholeBroker whole;
  RawClient client{whole.port()};
  TransactionalProducer producer{client, "id"};
};

}  // namespace

TEST_CASE("a commit is answered once the decision and then its markers are synced") {
  fs::MemoryFileSystem memory;
  WatchedFiles files(memory);
  Served served(files);
  served.prepare();
  REQUIRE(served.producer.write("t", "a", 0) == ErrorCode::none);
  REQUIRE(served.producer.write("t", "b", 1) == ErrorCode::none);
  files.hold_syncs();
  served.client.send(served.producer.end_frame(true));
  files.await_held(1);
  served.pass_turns();
  // Nothing is written to a partition before the decision is durable.
  CHECK(served.whole.partition("t", 0)->log().log_end() == Offset(1));
  CHECK_FALSE(served.client.has_answer());
  files.release_syncs();
  CHECK(served.producer.receive_end() == ErrorCode::none);
  for (const std::size_t partition : {0U, 1U}) {
    CHECK(served.visible(partition) == Offset(2));
    CHECK(served.last_stable(partition) == Offset(2));
  }
}

TEST_CASE("a commit that was answered is whole after a power cut, and what was decided is carried out") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(served.producer.write("t", "a", 0) == ErrorCode::none);
    REQUIRE(served.producer.write("t", "b", 1) == ErrorCode::none);
    REQUIRE(served.producer.commit() == ErrorCode::none);
  }
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto after = files.crash_clone(seed);
    Served again(*after);
    for (const std::size_t partition : {0U, 1U}) {
      CHECK(again.visible(partition) >= Offset(10));
      while (again.last_stable(partition) < again.visible(partition)) again.pass_turns();
    }
    // Where the power took Complete away, its markers are written once more.
    ErrorCode taken = ErrorCode::concurrent_transactions;
    while (taken == ErrorCode::concurrent_transactions || taken == ErrorCode::coordinator_load_in_progress) taken = again.producer.init();
    CHECK(taken == ErrorCode::none);
  }
}

TEST_CASE("a commit whose decision cannot be written is refused, and can be tried again") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.producer.write("t", "a") == ErrorCode::none);
  files.fail_next({.operation = fs::Operation::write, .path_part = "__transaction_state", .code = Errc::no_space});
  CHECK(served.producer.commit() != ErrorCode::none);
  CHECK(served.last_stable() == Offset(0));
  ErrorCode error = ErrorCode::not_coordinator;
  while (error == ErrorCode::not_coordinator || error == ErrorCode::coordinator_load_in_progress) error = served.producer.commit();
  CHECK(error == ErrorCode::none);
  CHECK(served.last_stable() == Offset(2));
}

TEST_CASE("a marker that cannot be written is tried again, and the commit is answered then") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.producer.write("t", "a") == ErrorCode::none);
  files.fail_next({.operation = fs::Operation::write, .path_part = "topics/t/", .code = Errc::no_space});
  CHECK(served.producer.commit() == ErrorCode::none);
  CHECK(served.last_stable() == Offset(2));
  REQUIRE(served.producer.write("t", "b") == ErrorCode::none);
}

TEST_CASE("a marker whose sync failed is written again when the log was checked") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.prepare();
  REQUIRE(served.producer.write("t", "a") == ErrorCode::none);
  files.fail_next({.operation = fs::Operation::sync, .path_part = "topics/t/"});
  CHECK(served.producer.commit() == ErrorCode::none);
  CHECK(served.last_stable() == served.visible());
}
