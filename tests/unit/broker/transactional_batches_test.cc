// Produce in a transaction, whose coordinator is asked first, and what readers of committed data get.
#include <catch2/catch.hpp>

#include <mutex>

#include "broker/shard.h"
#include "broker/transaction_verifier.h"
#include "fs/memory_file_system.h"
#include "record/end_marker.h"
#include "support/requests.h"
#include "support/whole_broker.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/list_offsets.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

constexpr ProducerId kProducer{7};

/// A coordinator that answers when it is told to.
class ToldVerifier final : public broker::TransactionVerifier {
 public:
  void verify(broker::Shard& shard, const broker::VerificationRequest& request, broker::VerificationWaiter& waiter) override {
    if (answers_at_once) return waiter.on_verified(ErrorCode::none, {});
    const std::lock_guard guard(mutex_);
    asked_.push_back(std::string(request.transactional_id) + " " + std::to_string(request.producer_id.value) + " " +
                     std::string(request.topic) + "-" + std::to_string(request.partition));
    waiting_.push_back({&shard, &waiter});
  }
  void answer(ErrorCode error) {
    const std::lock_guard guard(mutex_);
    for (const Waiting& one : waiting_) {
      one.shard->deliver([waiter = one.waiter, error] { waiter->on_verified(error, {}); });
    }
    waiting_.clear();
  }
  std::vector<std::string> asked() const {
    const std::lock_guard guard(mutex_);
    return asked_;
  }
  bool answers_at_once = false;

 private:
  struct Waiting {
    broker::Shard* shard;
    broker::VerificationWaiter* waiter;
  };
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::vector<Waiting> waiting_;
};

struct Fixture {
  explicit Fixture(const std::string& durability = "interval")
      : whole({.files = files, .properties = {{"durability", durability}}, .transaction_verifier = &verifier}) {
    whole.create_topic("t");
  }
  /// A whole turn of the one reactor after everything that was sent before.
  void pass_a_turn() {
    RawClient other(whole.port());
    const wire::ApiVersionsRequest request;
    static_cast<void>(other.call<wire::ApiVersionsResponse>(request, 0));
    static_cast<void>(other.call<wire::ApiVersionsResponse>(request, 0));
  }
  void await_questions(std::size_t count) {
    while (verifier.asked().size() < count) pass_a_turn();
  }
  std::int64_t end_transaction(record::TransactionEnd how) {
    std::vector<std::byte> marker = record::encode_end_marker({.producer_id = kProducer, .producer_epoch = 0, .end = how}, 1);
    storage::AppendItem item{.batch = marker};
    storage::AppendItem* const items[] = {&item};
    static_cast<void>(whole.broker().append(*whole.partition("t"), items, nullptr));
    REQUIRE_FALSE(item.error);
    return item.base_offset.value;
  }
  std::int64_t latest(bool committed) {
    wire::ListOffsetsRequest::ListOffsetsPartition partition;
    partition.timestamp = -1;
    wire::ListOffsetsRequest::ListOffsetsTopic topic;
    topic.name = "t";
    topic.partitions = std::span(&partition, 1);
    wire::ListOffsetsRequest request;
    request.isolation_level = committed ? 1 : 0;
    request.topics = std::span(&topic, 1);
    RawClient client(whole.port());
    return client.call<wire::ListOffsetsResponse>(request, 6)->topics[0].partitions[0].offset;
  }
  fs::MemoryFileSystem files;
  ToldVerifier verifier;
  WholeBroker whole;
};

const ProduceSpec kInTransaction{.topic = "t", .transactional_id = "mine"};

std::vector<std::byte> data(std::int32_t sequence) {
  return make_batch({.producer = kProducer, .sequence = sequence, .transactional = true});
}

}  // namespace

TEST_CASE("rule 61: the first data of a transaction is written once its coordinator agrees, what follows at once") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  client.send(produce_frame(kInTransaction, data(0)));
  client.send(produce_frame(kInTransaction, data(1)));
  fixture.await_questions(2);
  fixture.pass_a_turn();
  CHECK_FALSE(client.has_answer());
  CHECK(fixture.whole.partition("t")->log().log_end() == Offset(0));
  fixture.verifier.answer(ErrorCode::none);
  CHECK(receive_produced(client) == Produced{ErrorCode::none, 0});
  CHECK(receive_produced(client) == Produced{ErrorCode::none, 1});
  CHECK(produce(client, kInTransaction, data(2)) == Produced{ErrorCode::none, 2});
  CHECK(fixture.verifier.asked() == std::vector<std::string>{"mine 7 t-0", "mine 7 t-0"});
}

TEST_CASE("data that the coordinator does not know of is refused as he says, and nothing stays open") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  client.send(produce_frame(kInTransaction, data(0)));
  fixture.await_questions(1);
  fixture.verifier.answer(ErrorCode::transaction_abortable);
  CHECK(receive_produced(client) == Produced{ErrorCode::transaction_abortable, -1});
  CHECK_FALSE(fixture.whole.partition("t")->log().is_transaction_open(kProducer, 0));
  CHECK(fixture.latest(false) == 0);
}

TEST_CASE("a transaction that ends while its coordinator is asked takes no data any more") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  client.send(produce_frame(kInTransaction, data(0)));
  fixture.await_questions(1);
  CHECK(fixture.end_transaction(record::TransactionEnd::abort) == 0);
  fixture.verifier.answer(ErrorCode::none);
  CHECK(receive_produced(client) == Produced{ErrorCode::invalid_txn_state, -1});
  CHECK(fixture.latest(true) == 1);
}

TEST_CASE("a coordinator may answer at once") {
  Fixture fixture("always");
  fixture.verifier.answers_at_once = true;
  RawClient client(fixture.whole.port());
  CHECK(produce(client, kInTransaction, data(0)) == Produced{ErrorCode::none, 0});
  CHECK(produce(client, kInTransaction, data(1)) == Produced{ErrorCode::none, 1});
}

TEST_CASE("a producer that goes away while its coordinator is asked leaves its data") {
  Fixture fixture;
  {
    RawClient client(fixture.whole.port());
    client.send(produce_frame(kInTransaction, data(0)));
    fixture.await_questions(1);
  }
  fixture.pass_a_turn();
  fixture.verifier.answer(ErrorCode::none);
  while (fixture.whole.partition("t")->log().log_end() < Offset(1)) fixture.pass_a_turn();
  CHECK(fixture.whole.partition("t")->log().is_transaction_open(kProducer, 0));
}

TEST_CASE("rules 64, 65 and 78: readers of committed data stop where a transaction is open, and are told of the aborted") {
  Fixture fixture;
  fixture.verifier.answers_at_once = true;
  RawClient client(fixture.whole.port());
  REQUIRE(produce(client, {.topic = "t"}, make_batch()).base_offset == 0);
  REQUIRE(produce(client, kInTransaction, data(0)).base_offset == 1);
  REQUIRE(produce(client, {.topic = "t"}, make_batch()).base_offset == 2);
  const Fetched all = fetch(client, {.topic = "t"});
  CHECK(all.high_watermark == 3);
  CHECK(all.last_stable == 1);
  CHECK(all.aborted == "null");
  const Fetched some = fetch(client, {.topic = "t", .committed = true});
  CHECK(some.last_stable == 1);
  CHECK(some.records.size() < all.records.size());
  CHECK(some.aborted.empty());
  CHECK(fixture.latest(false) == 3);
  CHECK(fixture.latest(true) == 1);
  CHECK(fixture.end_transaction(record::TransactionEnd::abort) == 3);
  const Fetched rest = fetch(client, {.topic = "t", .offset = 1, .committed = true});
  CHECK(rest.last_stable == 4);
  CHECK(rest.aborted == "7@1 ");
  CHECK(fetch(client, {.topic = "t", .offset = 0, .max_bytes = 1, .committed = true}).aborted.empty());
  CHECK(fixture.latest(true) == 4);
}

TEST_CASE("a reader of committed data waits through what he may not read, and wakes when it ends") {
  Fixture fixture(GENERATE("interval", "always"));
  fixture.verifier.answers_at_once = true;
  RawClient writer(fixture.whole.port());
  RawClient reader(fixture.whole.port());
  const auto first = data(0);
  REQUIRE(produce(writer, kInTransaction, first).base_offset == 0);
  reader.send(fetch_frame({.topic = "t", .max_wait_ms = 60'000, .min_bytes = static_cast<std::int32_t>(first.size()), .committed = true}));
  fixture.pass_a_turn();
  REQUIRE(produce(writer, kInTransaction, data(1)).base_offset == 1);
  fixture.pass_a_turn();
  CHECK_FALSE(reader.has_answer());
  fixture.end_transaction(record::TransactionEnd::commit);
  const Fetched got = receive_fetched(reader);
  CHECK(got.last_stable == 3);
  CHECK(got.records.size() > 2 * first.size());
}
