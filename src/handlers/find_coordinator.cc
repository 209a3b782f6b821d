// FindCoordinator (key 10), versions 0 to 6; several keys at once from v4 on.
// No coordinator runs here yet, and every key is told so. The API is served all the same, because librdkafka takes it for the sign
// of a broker that understands LZ4 (kafka-rules 13.1).
#include "wire/messages/find_coordinator.h"

#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Response = wire::FindCoordinatorResponse;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithSeveralKeys = 4;
constexpr std::int8_t kShareKey = 2;
constexpr std::int16_t kFirstWithShareKeys = 6;
constexpr std::string_view kNoneYet = "this broker has no coordinator for groups and transactions yet";

}  // namespace

void find_coordinator(Request& request) {
  const auto message = decode<wire::FindCoordinatorRequest>(request);
  if (!message) return;
  const std::int8_t highest_type = request.version() >= kFirstWithShareKeys ? kShareKey : 1;
  const bool known_type = message->key_type >= 0 && message->key_type <= highest_type;
  const auto error = static_cast<std::int16_t>(known_type ? ErrorCode::coordinator_not_available : ErrorCode::invalid_request);
  Response response;
  if (request.version() < kFirstWithSeveralKeys) {
    response.error_code = error;
    response.error_message = kNoneYet;
    response.node_id = -1;
    response.port = -1;
    return request.reply(response);
  }
  response.coordinators = request.arena().make_array<Response::Coordinator>(message->coordinator_keys.size());
  for (std::size_t i = 0; i < message->coordinator_keys.size(); ++i) {
    auto& answer = response.coordinators[i];
    answer.key = message->coordinator_keys[i];
    answer.node_id = -1;
    answer.port = -1;
    answer.error_code = error;
    answer.error_message = kNoneYet;
  }
  request.reply(response);
}

}  // namespace streamline::handlers
