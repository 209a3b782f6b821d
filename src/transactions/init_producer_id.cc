// Who asks with a producer id and epoch goes on with them, who asks without takes the id away from whoever has it. Either way the
// epoch grows, so that a request of before is known for what it is.
#include "transactions/init_producer_id.h"

#include <optional>

#include "transactions/ending.h"

namespace streamline::transactions {

using wire::ErrorCode;

namespace {

using Request = wire::InitProducerIdRequest;

/// What is wrong with the request, whatever the state of its id.
ErrorCode refusal(const Step& step, const Request& request) {
  const std::string_view id = request.transactional_id.value_or(std::string_view{});
  const bool half_given = (request.producer_id == -1) != (request.producer_epoch == -1);
  if (id.empty() || half_given) return ErrorCode::invalid_request;
  // Two-phase commit (KIP-939) is for those whom an administrator has allowed it, which is nobody.
  if (request.enable2_pc) return ErrorCode::transactional_id_authorization_failed;
  if (request.keep_prepared_txn) return ErrorCode::unsupported_version;
  if (request.transaction_timeout_ms <= 0 || request.transaction_timeout_ms > step.state.options.max_timeout_ms)
    return ErrorCode::invalid_transaction_timeout;
  return ErrorCode::none;
}

/// Nothing is open: the producer that has the id from now on.
ErrorCode take(Step& step, std::string_view id, const Transaction& before, const std::optional<Producer>& asker, std::int32_t timeout_ms) {
  Transaction next{.protocol = before.protocol,
                   .producer = before.producer,
                   .previous_producer_id = before.previous_producer_id,
                   .timeout_ms = timeout_ms,
                   .last_update_ms = step.now.wall_ms};
  // A retry of a bump whose answer was lost gets that answer again.
  const bool is_retry = asker && *asker != before.producer;
  if (!is_retry) {
    next.previous_producer_id = asker ? before.producer.id : kNoProducerId;
    if (before.has_last_epoch()) {
      const auto fresh = step.state.ids.next();
      if (!fresh) return ErrorCode::coordinator_not_available;
      next.producer = {.id = *fresh, .epoch = 0};
    } else {
      ++next.producer.epoch;
    }
  }
  step.put(id, next);
  return ErrorCode::none;
}

ErrorCode take_new(Step& step, std::string_view id, std::int32_t timeout_ms) {
  const auto fresh = step.state.ids.next();
  if (!fresh) return ErrorCode::coordinator_not_available;
  const Transaction first{.producer = {.id = *fresh, .epoch = 0}, .timeout_ms = timeout_ms, .last_update_ms = step.now.wall_ms};
  if (!step.fits(id, first)) return ErrorCode::unknown_server_error;
  step.put(id, first);
  return ErrorCode::none;
}

ErrorCode change(Step& step, const Request& request) {
  if (const ErrorCode error = refusal(step, request); error != ErrorCode::none) return error;
  const std::string_view id = *request.transactional_id;
  const Entry* entry = step.state.find(id);
  if (entry == nullptr) return take_new(step, id, request.transaction_timeout_ms);
  const Transaction& now = entry->transaction;
  std::optional<Producer> asker;
  if (request.producer_id != -1) asker = Producer{.id = ProducerId(request.producer_id), .epoch = request.producer_epoch};
  const bool holds = !asker || *asker == now.producer;
  if (!holds && !now.was_held_by(*asker)) return ErrorCode::producer_fenced;
  if (is_prepared(now.state)) return ErrorCode::concurrent_transactions;
  if (now.state == State::ongoing) {
    // Whoever held it before has no say in what the producer of today has begun. (Kafka lets him abort it.)
    if (!holds) return ErrorCode::producer_fenced;
    const ErrorCode error = fence(step, id);
    return error != ErrorCode::none ? error : ErrorCode::concurrent_transactions;
  }
  return take(step, id, now, asker, request.transaction_timeout_ms);
}

}  // namespace

void init_producer_id(Step& step, const Request& request, const Call& call) {
  constexpr std::int16_t kKnowsFenced = 4;
  wire::InitProducerIdResponse response;
  const ErrorCode error = change(step, request);
  response.error_code = static_cast<std::int16_t>(told(error, call, kKnowsFenced));
  response.producer_epoch = -1;
  if (error == ErrorCode::none) {
    const Producer& producer = step.state.find(*request.transactional_id)->transaction.producer;
    response.producer_id = producer.id.value;
    response.producer_epoch = producer.epoch;
  }
  step.effects.answer(call, response);
}

}  // namespace streamline::transactions
