// A shard on a log that anything may have happened to: it loads what can be read, and goes on.
#include "transactions/transaction_shard.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "wire/messages/transaction_log_key.h"
#include "wire/record_codec.h"

namespace streamline::transactions {
namespace {

class Ids final : public ProducerIds {
 public:
  Result<ProducerId> next() override { return ProducerId(next_++); }

 private:
  std::int64_t next_ = 1000;
};

class Topics final : public TopicLookup {
 public:
  std::optional<std::int32_t> partitions_of(std::string_view topic) const override {
    return topic == "t" ? std::optional(3) : std::nullopt;
  }
};

struct Record {
  std::vector<std::byte> key{};
  std::vector<std::byte> value{};
};

Record record_of(std::string_view id, const wire::TransactionLogValue& value) {
  return {.key = wire::encode_key(wire::TransactionLogKey{.transactional_id = id}),
          .value = wire::encode_versioned(value, wire::TransactionLogValue::kMaxVersion)};
}

constexpr Now kNow{.monotonic_ms = 5'000, .wall_ms = 1'700'000'000'000};

/// Every operation once, with what `id` itself says of its producer.
void use(TransactionShard& shard, std::string_view id, Effects& effects) {
  const Entry* entry = shard.state().find(id);
  const Producer producer = entry == nullptr ? Producer{} : entry->transaction.producer;
  const Call call{.ticket = Ticket(1), .api = wire::ApiKey::end_txn, .version = 5};
  static_cast<void>(shard.add_partition(id, producer, {.topic = "t", .partition = 1}, kNow, effects));
  shard.end_transaction({.transactional_id = id, .producer_id = producer.id.value, .producer_epoch = producer.epoch}, call, kNow, effects);
  for (const MarkerOrder& order : std::vector(effects.orders)) shard.markers_written(order.transactional_id, order.number, kNow, effects);
  const Call init{.ticket = Ticket(2), .api = wire::ApiKey::init_producer_id, .version = 5};
  shard.init_producer_id({.transactional_id = id, .transaction_timeout_ms = 1000}, init, kNow, effects);
  Arena arena;
  static_cast<void>(shard.describe(id, arena));
  static_cast<void>(shard.list({.duration_filter = 1}, kNow, arena));
  shard.expire({.monotonic_ms = kNow.monotonic_ms + 1'000'000'000, .wall_ms = kNow.wall_ms}, effects);
  static_cast<void>(shard.forget_unused(kNow, effects));
}

TEST_CASE("numbers at their ends are as good as any") {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t time : {kLeast, std::int64_t{-1}, std::int64_t{0}, kMost}) {
    for (const int epoch : {-32768, -1, 0, 32766, 32767}) {
      for (int state = 0; state <= 5; ++state) {
        INFO(fmt::format("time {} epoch {} state {}", time, epoch, state));
        Ids ids;
        const Topics topics;
        Effects effects;
        TransactionShard shard({}, topics, ids);
        const Record record = record_of("x", {.producer_id = time,
                                              .previous_producer_id = time,
                                              .producer_epoch = std::int16_t(epoch),
                                              .transaction_timeout_ms = std::numeric_limits<std::int32_t>::min(),
                                              .transaction_status = std::int8_t(state),
                                              .transaction_last_update_timestamp_ms = time,
                                              .transaction_start_timestamp_ms = time});
        shard.replay(record.key, ByteView(record.value));
        shard.loaded(kNow, 0, effects);
        use(shard, "x", effects);
        CHECK(shard.load_figures().skipped == 0);
      }
    }
  }
}

TEST_CASE("what is not open has no partitions, whatever its record says") {
  std::vector<std::int32_t> numbers = {0, 2};
  std::vector<wire::TransactionLogValue::PartitionsSchema> partitions = {{.topic = "t", .partition_ids = numbers}};
  for (int state = 0; state <= 5; ++state) {
    const auto transaction = transaction_of({.transaction_status = std::int8_t(state), .transaction_partitions = partitions});
    REQUIRE(transaction);
    const bool has_partitions = transaction->state == State::ongoing || is_prepared(transaction->state);
    CHECK(transaction->partitions.count() == (has_partitions ? 2U : 0U));
  }
}

TEST_CASE("random damage: a record is taken or skipped, and the shard goes on") {
  std::vector<std::int32_t> numbers = {0, 1, 2};
  std::vector<wire::TransactionLogValue::PartitionsSchema> partitions = {{.topic = "t", .partition_ids = numbers}};
  std::size_t skipped = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Ids ids;
    const Topics topics;
    Effects effects;
    TransactionShard shard({}, topics, ids);
    for (int i = 0; i < 4; ++i) {
      Record record = record_of("x", {.producer_id = 5,
                                      .previous_producer_id = 5,
                                      .producer_epoch = 3,
                                      .transaction_timeout_ms = 1000,
                                      .transaction_status = std::int8_t(random() % 6),
                                      .transaction_partitions = partitions,
                                      .transaction_last_update_timestamp_ms = kNow.wall_ms,
                                      .transaction_start_timestamp_ms = kNow.wall_ms});
      std::vector<std::byte>& bytes = random() % 4 == 0 ? record.key : record.value;
      if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
      for (std::uint64_t flips = random() % 3; flips > 0 && !bytes.empty(); --flips)
        bytes[random() % bytes.size()] ^= std::byte(1U << (random() % 8));
      shard.replay(record.key, ByteView(record.value));
    }
    CHECK(shard.load_figures().records == 4);
    skipped += shard.load_figures().skipped;
    shard.loaded(kNow, 0, effects);
    use(shard, "x", effects);
  }
  CHECK(skipped > 1000);
}

TEST_CASE("ids are forgotten a bounded number at a time") {
  Ids ids;
  const Topics topics;
  Effects effects;
  TransactionShard shard({.id_expiration_ms = 10}, topics, ids);
  const Call call{.ticket = Ticket(1), .api = wire::ApiKey::init_producer_id, .version = 5};
  for (int i = 0; i < 2500; ++i) {
    const std::string id = fmt::format("id-{:04}", i);
    shard.init_producer_id({.transactional_id = id, .transaction_timeout_ms = 1000}, call, kNow, effects);
  }
  effects.clear();
  const Now later{.monotonic_ms = kNow.monotonic_ms + 10, .wall_ms = kNow.wall_ms + 10};
  using Sweep = TransactionShard::Sweep;
  CHECK(shard.forget_unused(later, effects) == Sweep::more);
  CHECK(effects.records.size() == 1000);
  CHECK(shard.forget_unused(later, effects) == Sweep::more);
  CHECK(shard.forget_unused(later, effects) == Sweep::done);
  CHECK(effects.records.size() == 2500);
  CHECK(shard.state().entries.empty());
}

TEST_CASE("a hundred thousand known ids stay below 64 MiB") {
  // A node of the map, its key with its own memory, and what the allocator adds to both.
  constexpr std::size_t kIdBytes = 64;
  constexpr std::size_t kNodeBytes = 4 * sizeof(void*) + sizeof(std::string) + sizeof(Entry) + 2 * 16;
  CHECK((kNodeBytes + kIdBytes) * 100'000 < std::size_t{64} * 1024 * 1024);
}

}  // namespace
}  // namespace streamline::transactions
