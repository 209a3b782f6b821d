// prepare() writes the decision, complete() that it is carried out; between them lie the markers.
#include "transactions/ending.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"

namespace streamline::transactions {

using wire::ErrorCode;

namespace {

constexpr std::int16_t kBumpsEpochs = 5;

struct Decision {
  Outcome outcome = Outcome::abort;
  Protocol protocol = Protocol::classic;
  /// The producer's epoch ends with the transaction.
  enum class Epoch : std::uint8_t { stays, ends } epoch = Epoch::stays;
};

void reply(Step& step, const Call& call, ErrorCode error, const Producer& producer = {}) {
  wire::EndTxnResponse response;
  response.error_code = static_cast<std::int16_t>(told(error, call, 2));
  response.producer_id = producer.id.value;
  response.producer_epoch = producer.epoch;
  step.effects.answer(call, response);
}

/// Whoever waits learns the outcome; nothing that he learns can be lost any more.
void tell_parked(Step& step, Entry& entry) {
  const auto parked = std::exchange(entry.parked, std::nullopt);
  if (!parked) return;
  wire::EndTxnResponse response;
  response.producer_id = entry.transaction.producer.id.value;
  response.producer_epoch = entry.transaction.producer.epoch;
  const Call call{.ticket = parked->ticket, .api = wire::ApiKey::end_txn, .version = parked->version};
  step.effects.settled.push_back(coordinator::encoded_answer(call, response));
}

Entry& complete(Step& step, std::string_view id) {
  Transaction next = step.state.find(id)->transaction;
  next.state = completed(outcome_of(next.state));
  next.partitions.clear();
  next.last_update_ms = step.now.wall_ms;
  if (next.next_producer_id != kNoProducerId) {
    next.previous_producer_id = next.producer.id;
    next.producer = {.id = std::exchange(next.next_producer_id, kNoProducerId), .epoch = 0};
  }
  Entry& entry = step.put(id, next);
  entry.order = 0;
  return entry;
}

/// Orders the markers of a prepared transaction; one without partitions is complete with that.
void carry_out(Step& step, std::string_view id) {
  Entry& entry = *step.state.find(id);
  const Transaction& transaction = entry.transaction;
  if (transaction.partitions.empty()) {
    complete(step, id);
    return;
  }
  entry.order = ++step.state.last_order;
  step.effects.orders.push_back({.number = entry.order,
                                 .transactional_id = std::string(id),
                                 .producer = transaction.producer,
                                 .coordinator_epoch = step.state.coordinator_epoch,
                                 .outcome = outcome_of(transaction.state),
                                 .protocol = transaction.protocol,
                                 .partitions = transaction.partitions});
}

ErrorCode prepare(Step& step, std::string_view id, const Decision& decision) {
  Transaction next = step.state.find(id)->transaction;
  // With nothing open it begins and ends now.
  if (next.state != State::ongoing) next.start_ms = step.now.wall_ms;
  next.state = prepared(decision.outcome);
  next.protocol = decision.protocol;
  next.last_update_ms = step.now.wall_ms;
  if (decision.epoch == Decision::Epoch::ends) {
    if (next.has_last_epoch()) {
      const auto fresh = step.state.ids.next();
      if (!fresh) return ErrorCode::coordinator_not_available;
      next.next_producer_id = *fresh;
    }
    next.previous_producer_id = next.producer.id;
    // The last of all is on markers only; no client is ever told it.
    if (next.producer.epoch < std::numeric_limits<std::int16_t>::max()) ++next.producer.epoch;
  }
  step.put(id, next);
  carry_out(step, id);
  return ErrorCode::none;
}

/// What EndTxn finds: go on, or the answer.
enum class Verdict : std::uint8_t { begin, done, refused };
struct Judgement {
  Verdict verdict = Verdict::refused;
  ErrorCode error = ErrorCode::none;
};
constexpr Judgement refuse(ErrorCode error) { return {.verdict = Verdict::refused, .error = error}; }

Judgement judge(const Transaction& now, const Producer& asker, Outcome wanted, Protocol protocol) {
  const bool bumps = protocol == Protocol::bumping;
  const bool has_ended = is_prepared(now.state) || is_complete(now.state);
  // Every end gives a new epoch: who still has the one before asks again for the end that gave it (rule 67).
  const bool is_retry = bumps && has_ended && now.was_held_by(asker);
  if (!is_retry && asker.id != now.producer.id) return refuse(ErrorCode::invalid_producer_id_mapping);
  if (!is_retry && asker.epoch != now.producer.epoch) return refuse(ErrorCode::producer_fenced);
  if (now.state == State::ongoing) return {.verdict = Verdict::begin};
  const bool agrees = has_ended && outcome_of(now.state) == wanted;
  if (is_prepared(now.state)) return refuse(agrees ? ErrorCode::concurrent_transactions : ErrorCode::invalid_txn_state);
  if (agrees && (is_retry || !bumps)) return {.verdict = Verdict::done};
  // Nothing is open. A client that has sent nothing yet may give up all the same: it is then sure of its next epoch.
  if (bumps && !is_retry && wanted == Outcome::abort) return {.verdict = Verdict::begin};
  return refuse(ErrorCode::invalid_txn_state);
}

}  // namespace

void end_transaction(Step& step, const wire::EndTxnRequest& request, const Call& call) {
  const std::string_view id = request.transactional_id;
  if (id.empty()) return reply(step, call, ErrorCode::invalid_request);
  const Entry* found = step.state.find(id);
  if (found == nullptr) return reply(step, call, ErrorCode::invalid_producer_id_mapping);
  const Protocol protocol = call.version >= kBumpsEpochs ? Protocol::bumping : Protocol::classic;
  const Outcome outcome = request.committed ? Outcome::commit : Outcome::abort;
  const Producer asker{.id = ProducerId(request.producer_id), .epoch = request.producer_epoch};
  const Judgement judgement = judge(found->transaction, asker, outcome, protocol);
  if (judgement.verdict == Verdict::refused) return reply(step, call, judgement.error);
  if (judgement.verdict == Verdict::done) return reply(step, call, ErrorCode::none, found->transaction.producer);
  const auto epoch = protocol == Protocol::bumping ? Decision::Epoch::ends : Decision::Epoch::stays;
  const ErrorCode error = prepare(step, id, {.outcome = outcome, .protocol = protocol, .epoch = epoch});
  if (error != ErrorCode::none) return reply(step, call, error);
  Entry& entry = *step.state.find(id);
  if (is_complete(entry.transaction.state)) return reply(step, call, ErrorCode::none, entry.transaction.producer);
  entry.parked = Parked{.ticket = call.ticket, .version = call.version};
}

ErrorCode fence(Step& step, std::string_view id) {
  const Transaction& now = step.state.find(id)->transaction;
  SL_ASSERT(may_follow(now.state, State::prepare_epoch_fence));
  return prepare(step, id, {.outcome = Outcome::abort, .protocol = now.protocol, .epoch = Decision::Epoch::ends});
}

void markers_written(Step& step, std::string_view id, std::uint64_t order) {
  const Entry* entry = step.state.find(id);
  if (entry == nullptr || entry->order != order || !is_prepared(entry->transaction.state)) return;
  tell_parked(step, complete(step, id));
}

void resume(Step& step, std::string_view id) {
  if (is_prepared(step.state.find(id)->transaction.state)) return carry_out(step, id);
  step.watch(id);
}

}  // namespace streamline::transactions
