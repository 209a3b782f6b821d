// A run: first disorder (crashes, lost answers, restarts, failed appends, time), then order, in which all must come to rest.
#include "scenario/random_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "scenario/consumer_client.h"
#include "scenario/invariants.h"
#include "scenario/random_client.h"
#include "scenario/text.h"
#include "wire/error_code.h"

namespace streamline::scenario {

namespace {

constexpr int kDisorderlySteps = 60;
/// A member that nobody speaks for any more is gone after its session; two rebalances may be needed then.
constexpr int kOrderlyRounds = 200;

groups::Options options_of(std::mt19937_64& random) {
  groups::Options options;
  options.initial_rebalance_delay_ms = random() % 2 == 0 ? 0 : 3000;
  options.offsets_retention_ms = 30'000;
  options.consumer.session_ms = 10'000;
  return options;
}

class Run {
 public:
  explicit Run(std::uint64_t seed) : random_(seed), world_(options_of(random_)) {
    world_.topics().add("t", 3);
    world_.topics().add("u", 3);
    const std::uint64_t clients = 1 + random_() % 5;
    // A third of the runs is classic, a third is of the new protocol, a third has members of both.
    const std::uint64_t kind = random_() % 3;
    for (std::uint64_t i = 0; i < clients; ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      const auto instance = random_() % 3 == 0 ? std::optional("i-" + name) : std::nullopt;
      const bool is_classic = kind == 0 || (kind == 1 && random_() % 2 == 0);
      is_all_classic_ &= is_classic;
      if (is_classic)
        clients_.push_back(std::make_unique<RandomClient>(name, instance));
      else
        clients_.push_back(std::make_unique<ConsumerClient>(name, instance));
    }
  }

  std::string play() {
    for (int step = 0; step < kDisorderlySteps && broken_.empty(); ++step) disorder();
    hand_out(world_.pass(0));
    if (broken_.empty()) check(broken_in_log(world_));
    for (int round = 0; round < kOrderlyRounds && broken_.empty() && !all_at_rest(); ++round) order();
    if (broken_.empty() && !all_at_rest()) check("somebody waits for ever: " + state_line(world_, "g"));
    if (broken_.empty()) check(broken_in_log(world_));
    return broken_;
  }

 private:
  void check(const std::string& broken) {
    if (broken_.empty()) broken_ = broken;
  }
  Client& any_client() { return *clients_[random_() % clients_.size()]; }
  void sent(const std::optional<groups::Ticket>& ticket) {
    if (ticket) waiting_.insert(ticket->value);
  }

  void hand_out(const std::vector<groups::Answer>& answers) {
    for (const groups::Answer& answer : answers) {
      learn_id(world_, answer);
      if (waiting_.erase(answer.ticket.value) != 1) check("an answer nobody waits for");
      // Members of the new protocol have epochs of their own.
      if (is_all_classic_) check(watch_.see(world_, answer));
      for (const auto& client : clients_) client->take(world_, answer);
    }
    check(broken_in_state(world_, waiting_));
    for (const auto& client : clients_) {
      if (!client->is_undisturbed(world_))
        check("a partition was given away while " + client->name() + " works on it: " + state_line(world_, "g"));
    }
    // A sweep may take the group away; a new one of its name counts from the beginning.
    if (world_.shard().state().find("g") == nullptr) watch_.forget();
  }

  void begin_anew() {
    watch_.forget();
    waiting_.clear();
    for (const auto& client : clients_) client->lose_connection();
  }

  void disorder() {
    const std::uint64_t dice = random_() % 100;
    if (dice < 50)
      sent(any_client().go_on(world_));
    else if (dice < 75)
      sent(any_client().surprise(world_, random_));
    if (dice < 10) return;  // more in the same turn
    if (dice >= 97) return fail();
    if (dice >= 95) return restart();
    if (dice >= 93) world_.shard().expire_offsets(world_.now(), world_.effects());
    if (dice == 92) change_topics();
    hand_out(world_.pass(dice >= 75 ? static_cast<std::int64_t>(random_() % 6000) : 0));
  }

  void change_topics() {
    if (random_() % 2 == 0) return world_.topics().add("t", 3 + static_cast<std::int32_t>(random_() % 4));
    const auto gone = world_.topics().remove("u");
    if (!gone) return world_.topics().add("u", 2);
    world_.shard().topic_deleted(gone->name, gone->id, world_.now(), world_.effects());
  }

  void fail() {
    const std::vector<groups::Answer> answers = world_.fail_turn(wire::ErrorCode::not_enough_replicas);
    for (const groups::Answer& answer : answers) {
      if (waiting_.erase(answer.ticket.value) != 1) check("an answer nobody waits for");
      for (const auto& client : clients_) client->take(world_, answer);
    }
    if (!waiting_.empty()) check("a failed append left somebody without an answer");
    begin_anew();
    check(broken_in_state(world_, waiting_));
  }

  void restart() {
    hand_out(world_.pass(0));
    world_.restart();
    begin_anew();
    check(broken_in_state(world_, waiting_));
    check(broken_in_log(world_));
  }

  void order() {
    for (const auto& client : clients_) sent(client->go_on(world_));
    hand_out(world_.pass(1000));
  }

  bool all_at_rest() const {
    const auto* group = world_.shard().state().find("g");
    if (group == nullptr || group->state_name() != "Stable" || !waiting_.empty()) return false;
    return std::all_of(clients_.begin(), clients_.end(), [&](const auto& client) { return client->is_at_rest(world_); });
  }

  std::mt19937_64 random_;
  World world_;
  std::vector<std::unique_ptr<Client>> clients_;
  bool is_all_classic_ = true;
  std::set<std::uint64_t> waiting_;
  GenerationWatch watch_;
  std::string broken_;
};

}  // namespace

std::string broken_in_random_run(std::uint64_t seed) {
  const std::string broken = Run(seed).play();
  return broken.empty() ? broken : fmt::format("seed {}: {}", seed, broken);
}

}  // namespace streamline::scenario
