// Loading `__consumer_offsets`: what it makes of damage, of strange records, of topics that are gone, and of time.
#include <catch2/catch.hpp>
#include <string>

#include "broker/coordinator/group_coordinators.h"
#include "fs/memory_file_system.h"
#include "record/batch.h"
#include "record/batch_builder.h"
#include "record/end_marker.h"
#include "support/group_requests.h"
#include "support/whole_broker.h"
#include "wire/messages/offset_commit_key.h"
#include "wire/messages/offset_commit_value.h"
#include "wire/record_codec.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

const std::string kGroup = "g";
// In a batch's header (Kafka's message format 2).
constexpr std::size_t kCrcPosition = 17;
constexpr std::size_t kCodecPosition = 22;
constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

constexpr ProducerId kProducer{7};
enum class Load : std::uint8_t { not_begun, under_way, done };

struct Served {
  explicit Served(fs::FileSystem& files, const Clock* clock = nullptr)
      : whole({.files = files,
               .properties = {{"offsets.topic.num.partitions", "1"}, {"offsets.retention.check.interval.ms", "1"}},
               .clock = clock}) {}
  void prepare() {
    whole.create_topic("t", 4);
    find();
  }
  /// Returns once the coordinator is there and loaded.
  void find() {
    REQUIRE(find_coordinator(client, kGroup) == ErrorCode::none);
    while (committed().error == ErrorCode::coordinator_load_in_progress) {}
  }
  ErrorCode commit(std::int64_t offset, const std::string& topic = "t") {
    return test::commit(client, {.group = kGroup, .topic = topic, .offset = offset});
  }
  Committed committed(std::string_view topic = "t") { return test::committed(client, kGroup, topic); }
  /// Puts a batch into the log of the groups, past their coordinator.
  void append(MutableBytes batch) {
    const auto partition = whole.partition(broker::kGroupsTopic);
    storage::AppendItem item{.batch = batch};
    storage::AppendItem* items[] = {&item};
    const std::lock_guard lock(partition->mutex());
    static_cast<void>(partition->log().append(items, WallTime{1'700'000'000'000}));
    REQUIRE_FALSE(item.error);
  }
  /// An offset of t/0 in a transaction that is open.
  void append_pending(std::int64_t offset) {
    record::BatchBuilder builder({.producer_id = kProducer, .producer_epoch = 3, .transactional = true});
    const std::vector<std::byte> key = wire::encode_key(wire::OffsetCommitKey{.group = kGroup, .topic = "t", .partition = 0});
    // An old one would be swept: offsets are looked through every millisecond here.
    const wire::OffsetCommitValue commit{.offset = offset, .commit_timestamp = whole.broker().clock().wall_ms()};
    const std::vector<std::byte> value = wire::encode_versioned(commit, 3);
    builder.add({.timestamp = 1'700'000'000'000, .key = key, .value = value, .headers = {}});
    auto batch = builder.finish();
    REQUIRE(batch);
    const auto partition = whole.partition(broker::kGroupsTopic);
    const auto guard = partition->log().transaction_guard({.id = kProducer, .epoch = 3});
    REQUIRE(guard);
    storage::AppendItem item{.batch = *batch, .guard = *guard};
    storage::AppendItem* items[] = {&item};
    static_cast<void>(whole.broker().append(*partition, items, nullptr));
    REQUIRE_FALSE(item.error);
  }
  WholeBroker whole;
  RawClient client{whole.port()};
};

std::vector<std::byte> batch_of(std::string_view key, std::string_view value) {
  record::BatchBuilder builder;
  builder.add({.timestamp = 1'700'000'000'000, .key = as_bytes(key), .value = as_bytes(value), .headers = {}});
  auto batch = builder.finish();
  REQUIRE(batch);
  return *std::move(batch);
}

}  // namespace

TEST_CASE("records that nobody knows, torn ones and those without a key hide no other") {
  using namespace std::string_literals;
  fs::MemoryFileSystem files;
  {
    Served before(files);
    before.prepare();
    REQUIRE(before.commit(1) == ErrorCode::none);
    for (const std::string& key : {"\x00\x63"s, "\x00\x01\x00\x05g"s, "\x00"s, ""s, "\xff\xff\xff\xff"s}) {
      auto batch = batch_of(key, "value");
      before.append(batch);
    }
    // Kafka's schema with the value of a version to come, and with a value that ends in its middle.
    const std::string key = "\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x00"s;
    for (const std::string& value : {"\x00\x7f\x00\x00"s, "\x00\x03\x00\x00"s, ""s}) {
      auto batch = batch_of(key, value);
      before.append(batch);
    }
    REQUIRE(before.commit(2) == ErrorCode::none);
    REQUIRE(before.whole.stop());
  }
  Served after(files);
  after.find();
  CHECK(after.committed() == Committed{ErrorCode::none, 2});
  CHECK(after.commit(3) == ErrorCode::none);
  CHECK(after.committed() == Committed{ErrorCode::none, 3});
}

TEST_CASE("a marker that comes before, while or after groups are loaded ends what was pending") {
  const record::EndMarker marker{.producer_id = kProducer, .producer_epoch = 3, .end = record::TransactionEnd::commit};
  for (const auto when : {Load::not_begun, Load::under_way, Load::done}) {
    fs::MemoryFileSystem files;
    {
      Served before(files);
      before.prepare();
      REQUIRE(before.commit(1) == ErrorCode::none);
      before.append_pending(2);
      REQUIRE(before.whole.stop());
    }
    Served after(files);
    broker::GroupPartition* partition = after.whole.broker().groups().partition_of(kGroup);
    REQUIRE(partition != nullptr);
    if (when == Load::under_way) REQUIRE(partition->claim_load());
    if (when == Load::done) after.find();
    CHECK_FALSE(partition->end_transaction(marker, nullptr).error);
    if (when == Load::under_way) partition->load(after.whole.broker().groups().now());
    after.find();
    CHECK(after.committed() == Committed{ErrorCode::none, 2});
  }
}

TEST_CASE("a batch that cannot be unpacked costs its own records only") {
  fs::MemoryFileSystem files;
  {
    Served before(files);
    before.prepare();
    REQUIRE(before.commit(1) == ErrorCode::none);
    auto batch = batch_of("key", "value");
    // It says snappy and is not.
    batch[kCodecPosition] = std::byte{2};
    store_be(batch.data() + kCrcPosition, record::compute_crc(batch));
    before.append(batch);
    REQUIRE(before.commit(2) == ErrorCode::none);
    REQUIRE(before.whole.stop());
  }
  Served after(files);
  after.find();
  CHECK(after.committed() == Committed{ErrorCode::none, 2});
}

TEST_CASE("a topic that was deleted before its groups were loaded loses its offsets, and others keep theirs") {
  fs::MemoryFileSystem files;
  {
    Served before(files);
    before.prepare();
    before.whole.create_topic("kept");
    REQUIRE(before.commit(1) == ErrorCode::none);
    REQUIRE(before.commit(2, "kept") == ErrorCode::none);
    REQUIRE(before.whole.stop());
  }
  Served after(files);
  const auto topic = after.whole.broker().catalog().snapshot()->share("t");
  REQUIRE(after.whole.broker().catalog().remove(*topic));
  after.find();
  CHECK(after.committed() == Committed{ErrorCode::none, -1});
  CHECK(after.committed("kept") == Committed{ErrorCode::none, 2});
}

TEST_CASE("offsets of a group without members go when their retention is over, also after a start, and not before") {
  ManualClock clock;
  fs::MemoryFileSystem files;
  {
    Served before(files, &clock);
    before.prepare();
    REQUIRE(before.commit(1) == ErrorCode::none);
    clock.set_wall_ms(clock.wall_ms() + 6 * kDayMs);
    CHECK(before.committed().offset == 1);
    REQUIRE(before.whole.stop());
  }
  Served after(files, &clock);
  after.find();
  CHECK(after.committed().offset == 1);
  clock.set_wall_ms(clock.wall_ms() + 2 * kDayMs);
  // The sweeps follow each other by the millisecond.
  while (after.committed().offset == 1) {}
  CHECK(after.committed() == Committed{ErrorCode::none, -1});
}

TEST_CASE("a broker whose coordinator nobody asked for has no topic of groups") {
  fs::MemoryFileSystem files;
  Served served(files);
  served.whole.create_topic("t");
  CHECK(served.whole.broker().catalog().snapshot()->find(broker::kGroupsTopic) == nullptr);
  served.find();
  const catalog::Topic* made = served.whole.broker().catalog().snapshot()->find(broker::kGroupsTopic);
  REQUIRE(made != nullptr);
  CHECK(made->internal);
}
