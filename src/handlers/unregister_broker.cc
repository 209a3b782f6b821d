// UnregisterBroker (key 64), version 0: takes a broker that is gone out of a cluster. Here there is this one, which is not gone.
#include "wire/messages/unregister_broker.h"

#include <fmt/format.h>

#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

void unregister_broker(Request& request) {
  const auto message = decode<wire::UnregisterBrokerRequest>(request);
  if (!message) return;
  wire::UnregisterBrokerResponse response;
  if (message->broker_id == request.broker().node_id()) {
    refuse(request, response, wire::ErrorCode::invalid_request, fmt::format("Broker ID {} is the only one and serves", message->broker_id));
  } else {
    refuse(request, response, wire::ErrorCode::broker_id_not_registered,
           fmt::format("Broker ID {} is not currently registered", message->broker_id));
  }
  request.reply(response);
}

}  // namespace streamline::handlers
