// InitProducerId (key 22), versions 0 to 5, for idempotent producers: a fresh id with epoch 0 each time (kafka-rules 55).
// A transactional id is refused: its coordinator is not there yet.
#include "wire/messages/init_producer_id.h"

#include "base/log.h"
#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::InitProducerIdRequest;
using Response = wire::InitProducerIdResponse;
using wire::ErrorCode;

void reply_error(Request& request, ErrorCode error) {
  Response response;
  response.error_code = static_cast<std::int16_t>(error);
  response.producer_epoch = -1;
  request.reply(response);
}

}  // namespace

void init_producer_id(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const bool half_given = (message->producer_id == -1) != (message->producer_epoch == -1);
  if (message->transactional_id || half_given) return reply_error(request, ErrorCode::invalid_request);
  const auto id = request.broker().next_producer_id();
  if (!id) {
    log::error("producer", "no producer id can be handed out cause={}", id.error().text);
    return reply_error(request, ErrorCode::coordinator_not_available);
  }
  Response response;
  response.producer_id = id->value;
  response.producer_epoch = 0;
  request.reply(response);
}

}  // namespace streamline::handlers
