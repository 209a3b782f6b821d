// A client believes what it is told: errors that name a successor are the end of it, others are tried again.
#include "scenario/transactions/transaction_client.h"

#include <array>

#include "scenario/transactions/transaction_text.h"
#include "wire/error_code.h"

namespace streamline::scenario {

using transactions::Answer;
using transactions::Outcome;
using transactions::Protocol;
using wire::ErrorCode;

void TransactionClient::go_on(std::mt19937_64& random, Mood mood) {
  if (waiting_ || writes_waiting_ > 0 || phase_ == Phase::dead) return;
  if (waits_for_log_ && parts_.world.durable() < *waits_for_log_) return;
  waits_for_log_.reset();
  switch (phase_) {
    case Phase::starting: return init();
    case Phase::ready: return mood == Mood::begins ? begin(random) : void();
    case Phase::open: return writes_left_ > 0 ? write(random) : end();
    case Phase::ending: return end();
    case Phase::dead: return;
  }
}

void TransactionClient::init() {
  wire::InitProducerIdRequest request;
  request.transactional_id = parts_.id;
  request.transaction_timeout_ms = 20'000;
  // One that was told already goes on after an error.
  if (producer_) {
    request.producer_id = producer_->id.value;
    request.producer_epoch = producer_->epoch;
  }
  const auto call = parts_.world.call(std::to_string(number()), wire::ApiKey::init_producer_id, 5);
  waiting_ = call.ticket.value;
  parts_.world.shard().init_producer_id(request, call, parts_.world.now(), parts_.world.effects());
}

void TransactionClient::begin(std::mt19937_64& random) {
  serial_ = parts_.ledger.open();
  writes_left_ = 1 + static_cast<int>(random() % 4);
  commits_ = random() % 3 != 0;
  phase_ = Phase::open;
  write(random);
}

/// The classic protocol adds first and sends then; the other one sends.
bool TransactionClient::add(std::size_t partition) {
  using Request = wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction;
  Arena arena;
  std::array<std::int32_t, 1> index = {static_cast<std::int32_t>(partition)};
  std::array<wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic, 1> topics = {{{.name = "t", .partitions = index}}};
  const Request request{
      .transactional_id = parts_.id, .producer_id = producer_->id.value, .producer_epoch = producer_->epoch, .topics = topics};
  const auto result = parts_.world.shard().add_partitions(request, 3, arena, parts_.world.now(), parts_.world.effects());
  const auto error = ErrorCode(result.topic_results[0].results_by_partition[0].partition_error_code);
  if (error == ErrorCode::none) {
    waits_for_log_ = log_size();
    return true;
  }
  if (!is_retriable(error)) phase_ = Phase::dead;
  return false;
}

void TransactionClient::write(std::mt19937_64& random) {
  const std::size_t partition = random() % parts_.partitions.size();
  auto& world = parts_.world;
  ErrorCode error = ErrorCode::none;
  // Taken before the question is asked: what ends the transaction after it makes the guard void.
  const std::size_t guard = parts_.partitions.at(partition).guard(producer_->id);
  if (parts_.protocol == Protocol::bumping) {
    error = world.shard().add_partition(parts_.id, *producer_, name_of(partition), world.now(), world.effects());
  } else {
    error = world.shard().verify_partition(parts_.id, *producer_, name_of(partition));
    if (error == ErrorCode::transaction_abortable) {
      add(partition);
      return;
    }
  }
  if (error != ErrorCode::none) {
    if (!is_retriable(error)) phase_ = Phase::dead;
    return;
  }
  --writes_left_;
  ++writes_waiting_;
  parts_.writes.push_back(
      {.client = number(), .partition = partition, .producer = *producer_, .serial = serial_, .guard = guard, .log_size = log_size()});
}

void TransactionClient::end() {
  phase_ = Phase::ending;
  if (commits_) parts_.ledger.of(serial_).commit_sent = true;
  const wire::EndTxnRequest request{
      .transactional_id = parts_.id, .producer_id = producer_->id.value, .producer_epoch = producer_->epoch, .committed = commits_};
  const auto call = parts_.world.call(std::to_string(number()), wire::ApiKey::end_txn, end_version());
  waiting_ = call.ticket.value;
  parts_.world.shard().end_transaction(request, call, parts_.world.now(), parts_.world.effects());
}

void TransactionClient::haunt(std::mt19937_64& random) {
  if (!producer_) return;
  auto& world = parts_.world;
  if (random() % 4 == 0) {
    const wire::InitProducerIdRequest request{.transactional_id = parts_.id,
                                              .transaction_timeout_ms = 20'000,
                                              .producer_id = producer_->id.value,
                                              .producer_epoch = producer_->epoch};
    if (phase_ != Phase::dead) return;
    const auto call = world.call("ghost", wire::ApiKey::init_producer_id, 5);
    return world.shard().init_producer_id(request, call, world.now(), world.effects());
  }
  // An end of long ago says anything: with epochs that grow it is known for what it is. In the classic protocol only a second copy
  // of the end under way does no harm, which is why there is the other one.
  const bool is_old = parts_.protocol == Protocol::bumping && former_ && former_->epoch < producer_->epoch;
  if (!is_old && phase_ != Phase::ending) return;
  const transactions::Producer producer = is_old ? *former_ : *producer_;
  const bool commits = is_old ? random() % 2 == 0 : commits_;
  const wire::EndTxnRequest request{
      .transactional_id = parts_.id, .producer_id = producer.id.value, .producer_epoch = producer.epoch, .committed = commits};
  const auto call = world.call("ghost", wire::ApiKey::end_txn, end_version());
  world.shard().end_transaction(request, call, world.now(), world.effects());
}

std::string TransactionClient::take(const Answer& answer) {
  if (waiting_ != answer.ticket.value) return {};
  waiting_.reset();
  if (answer.api == wire::ApiKey::end_txn) return take_end(answer);
  const ErrorCode error = error_in(answer);
  if (error != ErrorCode::none) {
    if (!is_retriable(error)) phase_ = Phase::dead;
    return {};
  }
  former_ = producer_;
  producer_ = producer_in(answer);
  phase_ = Phase::ready;
  return parts_.ledger.give(*producer_, number());
}

std::string TransactionClient::take_end(const Answer& answer) {
  const ErrorCode error = error_in(answer);
  if (error != ErrorCode::none) {
    if (!is_retriable(error)) phase_ = Phase::dead;
    return {};
  }
  parts_.ledger.of(serial_).answered = commits_ ? Outcome::commit : Outcome::abort;
  phase_ = Phase::ready;
  const auto next = producer_in(answer);
  if (!next) return {};
  former_ = producer_;
  producer_ = next;
  return parts_.ledger.give(*producer_, number());
}

void TransactionClient::written(const PendingWrite& write, std::optional<std::size_t> at) {
  if (at) parts_.ledger.of(write.serial).acked.emplace_back(write.partition, *at);
  if (write.serial != serial_ || phase_ == Phase::dead) return;
  --writes_waiting_;
  if (!at) phase_ = Phase::dead;
}

void TransactionClient::lose_connection() {
  waiting_.reset();
  waits_for_log_.reset();
  writes_waiting_ = 0;
  if (phase_ != Phase::open) return;
  // What was written, if anything, nobody knows: it must not be committed. Some end it, some begin anew as who they were.
  writes_left_ = 0;
  commits_ = false;
  if (serial_ % 2 == 0) phase_ = Phase::starting;
}

}  // namespace streamline::scenario
