// InitProducerId (key 22), versions 0 to 5. For idempotent producers a fresh id with epoch 0 each time (kafka-rules 55); with a
// transactional id its coordinator answers (57 to 59). v2 flexible, v3 the producer goes on after an error, v4 PRODUCER_FENCED.
// v6 two-phase commit, which nobody is allowed (KIP-939).
#include "wire/messages/init_producer_id.h"

#include "base/log.h"
#include "handlers/decode.h"
#include "handlers/transaction_request.h"

namespace streamline::handlers {

namespace {

using Message = wire::InitProducerIdRequest;
using Response = wire::InitProducerIdResponse;
using wire::ErrorCode;

Response refused(ErrorCode error) {
  Response response;
  response.error_code = static_cast<std::int16_t>(error);
  response.producer_epoch = -1;
  return response;
}

void give_fresh_id(Request& request, const Message& message) {
  const bool half_given = (message.producer_id == -1) != (message.producer_epoch == -1);
  if (half_given) return request.reply(refused(ErrorCode::invalid_request));
  const auto id = request.broker().next_producer_id();
  if (!id) {
    log::error("producer", "no producer id can be handed out cause={}", id.error().text);
    return request.reply(refused(ErrorCode::coordinator_not_available));
  }
  Response response;
  response.producer_id = id->value;
  response.producer_epoch = 0;
  request.reply(response);
}

}  // namespace

void init_producer_id(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  if (!message->transactional_id) return request.may_block() ? give_fresh_id(request, *message) : request.continue_on_pool();
  // Whether or not its coordinator is there yet.
  if (message->transactional_id->empty()) return request.reply(refused(ErrorCode::invalid_request));
  run_on_transaction(request, *message->transactional_id, refused,
                     [&](auto& shard, const auto& call, auto now, auto& effects) { shard.init_producer_id(*message, call, now, effects); });
}

}  // namespace streamline::handlers
