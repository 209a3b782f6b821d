// The runtime's part, without a network and without a disk.
#include "scenario/transactions/transaction_world.h"

#include <algorithm>
#include <utility>

namespace streamline::scenario {

using transactions::Answer;
using transactions::MarkerOrder;
using transactions::TransactionShard;

Result<ProducerId> CountingProducerIds::next() {
  if (fails) return fail(Errc::io, "no producer ids today");
  return ProducerId(next_++);
}

std::optional<std::int32_t> CountedTopics::partitions_of(std::string_view topic) const {
  const auto found = topics.find(topic);
  if (found == topics.end()) return std::nullopt;
  return found->second;
}

TransactionWorld::TransactionWorld(const transactions::Options& options) : options_(options) {
  topics_.topics = {{"t", 3}, {"u", 3}, {"__consumer_offsets", 8}};
  shard_ = replayed();
  shard_->loaded(now_, leader_epoch_, effects_);
}

transactions::Call TransactionWorld::call(std::string_view client, wire::ApiKey api, std::int16_t version) {
  const auto caller = callers_.emplace(next_ticket_++, client).first;
  return {.ticket = transactions::Ticket(caller->first), .api = api, .version = version, .client_id = caller->second};
}

void TransactionWorld::append() {
  for (std::size_t i = 0; i < effects_.records.size(); ++i) {
    const auto view = effects_.records[i];
    TransactionRecord& record = log_.emplace_back();
    record.key.assign(view.key.begin(), view.key.end());
    if (view.value) record.value.emplace(view.value->begin(), view.value->end());
  }
  for (Answer& answer : effects_.settled) settled_.push_back(std::move(answer));
  for (Answer& answer : effects_.answers) answers_.push_back({std::move(answer), log_.size()});
  for (MarkerOrder& order : effects_.orders) orders_.push_back({std::move(order), log_.size()});
  effects_.clear();
}

Released TransactionWorld::release() {
  Released released{.answers = std::exchange(settled_, {}), .orders = {}};
  const auto take = [this](auto& held, auto& out) {
    const auto later = std::find_if(held.begin(), held.end(), [this](const auto& each) { return each.log_size > durable_; });
    for (auto at = held.begin(); at != later; ++at) out.push_back(std::move(at->what));
    held.erase(held.begin(), later);
  };
  take(answers_, released.answers);
  take(orders_, released.orders);
  return released;
}

Released TransactionWorld::end_turn() {
  shard_->expire(now_, effects_);
  append();
  return syncs_turns_ ? sync() : release();
}

Released TransactionWorld::sync() {
  durable_ = log_.size();
  return release();
}

Released TransactionWorld::fail_turn(wire::ErrorCode error) {
  shard_->expire(now_, effects_);
  const wire::ErrorCode told = coordinator::coordinator_error(error);
  Released released;
  for (const Answer& answer : effects_.settled) released.answers.push_back(answer);
  for (const Answer& answer : effects_.answers) released.answers.push_back(transactions::failed_answer(answer, told));
  for (const auto& held : answers_) released.answers.push_back(transactions::failed_answer(held.what, told));
  effects_.clear();
  shard_->abandon(told, effects_);
  for (Answer& answer : effects_.answers) released.answers.push_back(std::move(answer));
  effects_.clear();
  restart();
  return released;
}

Released TransactionWorld::pass(std::int64_t ms) {
  Released released;
  const std::int64_t end_ms = now_.monotonic_ms + ms;
  const auto turn_at = [&](std::int64_t at_ms) {
    now_.wall_ms += at_ms - now_.monotonic_ms;
    now_.monotonic_ms = at_ms;
    Released turn = end_turn();
    for (Answer& answer : turn.answers) released.answers.push_back(std::move(answer));
    for (MarkerOrder& order : turn.orders) released.orders.push_back(std::move(order));
  };
  while (true) {
    const auto deadline = shard_->next_deadline();
    if (!deadline || *deadline > end_ms) break;
    turn_at(std::max(*deadline, now_.monotonic_ms));
  }
  turn_at(end_ms);
  return released;
}

std::unique_ptr<TransactionShard> TransactionWorld::replayed() {
  auto shard = std::make_unique<TransactionShard>(options_, topics_, ids_);
  for (const TransactionRecord& record : log_) {
    std::optional<ByteView> value;
    if (record.value) value = *record.value;
    shard->replay(record.key, value);
  }
  return shard;
}

void TransactionWorld::restart() {
  effects_.clear();
  answers_.clear();
  orders_.clear();
  settled_.clear();
  shard_ = replayed();
  shard_->loaded(now_, leader_epoch_, effects_);
}

void TransactionWorld::lose_power(std::size_t extra) {
  const std::size_t kept = std::min(log_.size(), durable_ + extra);
  if (kept < log_.size()) ++leader_epoch_;
  log_.resize(kept);
  durable_ = kept;
  restart();
}

}  // namespace streamline::scenario
