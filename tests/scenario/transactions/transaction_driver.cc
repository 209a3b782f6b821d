// A run: first disorder (producers that fence each other, die and haunt, lost answers, slow markers, restarts, failed appends, power
// cuts, time), then order, in which everything has to come to its end.
#include "scenario/transactions/transaction_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "base/assert.h"
#include "scenario/transactions/transaction_client.h"
#include "scenario/transactions/transaction_text.h"
#include "wire/error_code.h"
#include "wire/messages/transaction_log_key.h"
#include "wire/record_codec.h"

namespace streamline::scenario {

namespace {

using transactions::MarkerOrder;
using transactions::Protocol;
using transactions::State;

constexpr int kDisorderlySteps = 150;
constexpr int kOrderlyRounds = 400;

/// An order and the partitions that still have to be marked.
struct Work {
  MarkerOrder order{};
  std::set<std::int32_t> left{};
};

class Run {
 public:
  explicit Run(std::uint64_t seed) : random_(seed), is_all_bumping_(random_() % 3 == 0) {
    world_.topics().topics["t"] = static_cast<std::int32_t>(partitions_.size());
    world_.set_syncs_turns(random_() % 2 == 0);
    const std::uint64_t clients = 1 + random_() % 4;
    for (std::uint64_t i = 0; i < clients; ++i) add_client();
  }

  std::string play() {
    for (int step = 0; step < kDisorderlySteps && broken_.empty(); ++step) disorder();
    for (int round = 0; round < kOrderlyRounds && broken_.empty() && !all_ended(); ++round) order();
    if (broken_.empty() && !all_ended()) check("something never ends:\n" + durable_text(world_.shard()));
    check(ledger_.broken_at_end(partitions_));
    check(broken_in_log());
    return broken_;
  }

 private:
  void check(const std::string& broken) {
    if (broken_.empty()) broken_ = broken;
  }
  bool dice(std::uint64_t of_hundred) { return random_() % 100 < of_hundred; }

  void add_client() {
    const auto protocol = is_all_bumping_ || dice(50) ? Protocol::bumping : Protocol::classic;
    // Few ids, so that clients meet.
    const std::string id = dice(60) ? "x" : "y";
    clients_.push_back(
        std::make_unique<TransactionClient>(TransactionClient::Parts{.number = static_cast<std::uint32_t>(clients_.size() + 1),
                                                                     .id = id,
                                                                     .protocol = protocol,
                                                                     .world = world_,
                                                                     .partitions = partitions_,
                                                                     .ledger = ledger_,
                                                                     .writes = writes_}));
  }

  void hand_out(const Released& released) {
    for (const auto& answer : released.answers) {
      for (const auto& client : clients_) check(client->take(answer));
    }
    for (const MarkerOrder& order : released.orders) {
      Work work{.order = order, .left = {}};
      for (const auto& topic : order.partitions.topics()) work.left.insert(topic.partitions.begin(), topic.partitions.end());
      work_.push_back(std::move(work));
    }
  }

  void disorder() {
    const std::uint64_t what = random_() % 1000;
    if (what < 450)
      clients_[random_() % clients_.size()]->go_on(random_, TransactionClient::Mood::begins);
    else if (what < 530)
      clients_[random_() % clients_.size()]->haunt(random_);
    else if (what < 560)
      clients_[random_() % clients_.size()]->lose_connection();
    else if (what < 580)
      add_client();
    else if (what < 720)
      mark();
    else if (what < 820)
      sync();
    else if (what < 830)
      return fail();
    else if (what < 845)
      return restart([this] { world_.restart(); });
    else if (what < 860)
      return lose_power();
    else if (what < 870)
      static_cast<void>(world_.shard().forget_unused(world_.now(), world_.effects()));
    proceed();
    if (what < 200) return;  // more in the same turn
    hand_out(world_.pass(what >= 960 ? static_cast<std::int64_t>(random_() % 15'000) : 0));
  }

  /// What waited for a sync goes on when it has come.
  void proceed() {
    for (PendingWrite& write : writes_) {
      ModelPartition& partition = partitions_.at(write.partition);
      TransactionClient& client = *clients_.at(write.client - 1);
      if (!write.at && write.log_size <= world_.durable()) {
        write.at = partition.append(write.producer, write.serial, write.guard);
        if (write.at) continue;
        client.written(write, std::nullopt);
        write.client = 0;
      } else if (write.at && *write.at < partition.durable()) {
        client.written(write, write.at);
        write.client = 0;
      }
    }
    std::erase_if(writes_, [](const PendingWrite& write) { return write.client == 0; });
    for (Work& work : work_) {
      const bool done =
          work.left.empty() && std::all_of(partitions_.begin(), partitions_.end(), [](const auto& each) { return each.is_durable(); });
      if (!done) continue;
      world_.shard().markers_written(work.order.transactional_id, work.order.number, world_.now(), world_.effects());
      work.order.number = 0;
    }
    std::erase_if(work_, [](const Work& work) { return work.order.number == 0; });
  }

  void mark() {
    if (work_.empty()) return;
    Work& work = work_[random_() % work_.size()];
    if (work.left.empty()) return;
    auto at = work.left.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % work.left.size()));
    if (!partitions_.at(static_cast<std::size_t>(*at)).mark(work.order)) check("a marker of an epoch that is over");
    work.left.erase(at);
  }

  void sync() {
    if (dice(50)) return hand_out(world_.sync());
    partitions_[random_() % partitions_.size()].sync();
  }

  /// The broker lives on; what it had let in on the word of the shard that is gone is not.
  void fail() {
    hand_out(world_.fail_turn(wire::ErrorCode::not_enough_replicas));
    begin_anew();
  }
  template <class How>
  void restart(How how) {
    how();
    begin_anew();
  }
  void lose_power() {
    for (ModelPartition& partition : partitions_) partition.lose_power(random_() % 3);
    restart([this] { world_.lose_power(random_() % 4); });
  }
  void begin_anew() {
    work_.clear();
    writes_.clear();
    for (const auto& client : clients_) client->lose_connection();
    check(ledger_.broken(partitions_));
    check(broken_in_log());
  }

  void order() {
    for (const auto& client : clients_) client->go_on(random_, TransactionClient::Mood::only_ends);
    while (std::any_of(work_.begin(), work_.end(), [](const Work& work) { return !work.left.empty(); })) mark();
    for (ModelPartition& partition : partitions_) partition.sync();
    proceed();
    hand_out(world_.pass(1000));
    hand_out(world_.sync());
  }

  bool all_ended() const {
    const auto& entries = world_.shard().state().entries;
    const bool none_open = std::all_of(entries.begin(), entries.end(), [](const auto& each) {
      return each.second.transaction.state == State::empty || is_complete(each.second.transaction.state);
    });
    return none_open && writes_.empty() &&
           std::all_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->is_idle(); });
  }

  /// The log gives the state back, and each of its records may follow the one before.
  std::string broken_in_log() {
    if (!world_.effects().records.empty()) return {};
    const std::string live = durable_text(world_.shard());
    const std::string loaded = durable_text(*world_.replayed());
    if (live != loaded) return "the log says\n" + loaded + "and the shard\n" + live;
    std::map<std::string, State> states;
    for (const TransactionRecord& record : world_.log()) {
      Arena arena;
      const auto key = wire::decode_key<wire::TransactionLogKey>(record.key, arena);
      const auto value = wire::decode_versioned<wire::TransactionLogValue>(*record.value, arena);
      SL_ASSERT(key && value);
      const auto state = State(value->transaction_status);
      const auto [before, is_new] = states.try_emplace(std::string(key->transactional_id), state);
      if (is_new ? state != State::empty : !may_follow(before->second, state)) return "a forbidden edge: " + line_of(record);
      before->second = state;
    }
    return {};
  }

  std::mt19937_64 random_;
  const bool is_all_bumping_;
  TransactionWorld world_;
  ModelPartitions partitions_;
  Ledger ledger_;
  std::vector<PendingWrite> writes_;
  std::vector<std::unique_ptr<TransactionClient>> clients_;
  std::vector<Work> work_;
  std::string broken_;
};

}  // namespace

std::string broken_in_random_transactions(std::uint64_t seed) {
  const std::string broken = Run(seed).play();
  return broken.empty() ? broken : fmt::format("seed {}: {}", seed, broken);
}

}  // namespace streamline::scenario
