// FindCoordinator (key 10), versions 0 to 6; several keys at once from v4 on.
// The coordinator of every group and every transactional id is this broker. The first question makes their topic, and the first about
// one after a start has it loaded before it is answered, so that what follows finds it there. Shares have no coordinator yet.
#include "wire/messages/find_coordinator.h"

#include <algorithm>

#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Response = wire::FindCoordinatorResponse;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithSeveralKeys = 4;
constexpr std::int8_t kGroupKey = 0;
constexpr std::int8_t kTransactionKey = 1;
constexpr std::int8_t kShareKey = 2;
constexpr std::int16_t kFirstWithShareKeys = 6;
constexpr std::string_view kNoneYet = "this broker has no coordinator for this type of key yet";

ErrorCode check_type(const Request& request, std::int8_t type) {
  if (type == kGroupKey || type == kTransactionKey) return ErrorCode::none;
  const bool is_known = type == kShareKey && request.version() >= kFirstWithShareKeys;
  return is_known ? ErrorCode::coordinator_not_available : ErrorCode::invalid_request;
}

broker::Coordinators& coordinators_of(Request& request, std::int8_t type) {
  if (type == kTransactionKey) return request.broker().transactions();
  return request.broker().groups();
}

bool must_prepare(broker::Coordinators& coordinators, std::string_view key) {
  broker::CoordinatorPartition* partition = coordinators.find(key);
  return partition == nullptr || partition->must_load();
}

ErrorCode prepare(broker::Coordinators& coordinators, std::string_view key) {
  if (coordinators.find(key) == nullptr && !coordinators.make_topic()) return ErrorCode::coordinator_not_available;
  broker::CoordinatorPartition* partition = coordinators.find(key);
  if (partition == nullptr) return ErrorCode::coordinator_not_available;
  coordinators.load(*partition);
  coordinators.start_loads(*partition);
  return ErrorCode::none;
}

}  // namespace

void find_coordinator(Request& request) {
  const auto message = decode<wire::FindCoordinatorRequest>(request);
  if (!message) return;
  const bool several = request.version() >= kFirstWithSeveralKeys;
  const std::span<const std::string_view> keys =
      several ? std::span<const std::string_view>(message->coordinator_keys) : std::span(&message->key, 1);
  ErrorCode error = check_type(request, message->key_type);
  if (error == ErrorCode::none && !request.may_block()) {
    if (std::ranges::any_of(keys, [&](std::string_view key) { return must_prepare(coordinators_of(request, message->key_type), key); }))
      return request.continue_on_pool();
  }
  const auto coordinators = request.arena().make_array<Response::Coordinator>(keys.size());
  const broker::Endpoint endpoint = request.endpoint();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& answer = coordinators[i];
    ErrorCode outcome = error;
    if (outcome == ErrorCode::none && request.may_block()) outcome = prepare(coordinators_of(request, message->key_type), keys[i]);
    const bool found = outcome == ErrorCode::none;
    answer.key = keys[i];
    answer.error_code = static_cast<std::int16_t>(outcome);
    answer.node_id = found ? request.broker().node_id() : -1;
    answer.host = found ? request.arena().copy(endpoint.host) : std::string_view();
    answer.port = found ? endpoint.port : -1;
    answer.error_message = found ? std::string_view("NONE") : kNoneYet;
  }
  Response response;
  if (several) {
    response.coordinators = coordinators;
  } else {
    const auto& only = coordinators.front();
    response.error_code = only.error_code;
    response.error_message = only.error_message;
    response.node_id = only.node_id;
    response.host = only.host;
    response.port = only.port;
  }
  request.reply(response);
}

}  // namespace streamline::handlers
