// GetTelemetrySubscriptions (key 71), version 0: which of its metrics a client shall push, and how often (KIP-714, rule 137).
#include "wire/messages/get_telemetry_subscriptions.h"

#include "broker/broker.h"
#include "broker/shard.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/telemetry_client.h"

namespace streamline::handlers {

namespace {

/// Kafka's numbers, those that need least bytes first: zstd, lz4, gzip, snappy.
constexpr std::int8_t kAcceptedCodecs[] = {4, 3, 1, 2};

}  // namespace

void get_telemetry_subscriptions(Request& request) {
  const auto message = decode<wire::GetTelemetrySubscriptionsRequest>(request);
  if (!message) return;
  wire::GetTelemetrySubscriptionsResponse response;
  // A client that has no id yet is given one.
  const Uuid instance = message->client_instance_id.is_zero() ? Uuid::random() : message->client_instance_id;
  auto& broker = request.broker();
  const auto subscription = broker.telemetry().ask(telemetry_client(request, instance), broker.clock().monotonic_ms());
  response.error_code = static_cast<std::int16_t>(subscription.error);
  if (subscription.error == wire::ErrorCode::none) {
    Arena& arena = request.arena();
    response.client_instance_id = instance;
    response.subscription_id = subscription.id;
    response.push_interval_ms = static_cast<std::int32_t>(subscription.interval_ms);
    response.telemetry_max_bytes = broker.config().telemetry_max_bytes;
    response.delta_temporality = true;
    response.accepted_compression_types = arena.make_array<std::int8_t>(std::size(kAcceptedCodecs));
    std::ranges::copy(kAcceptedCodecs, response.accepted_compression_types.begin());
    response.requested_metrics = arena.make_array<std::string_view>(subscription.metrics.size());
    for (std::size_t i = 0; i < subscription.metrics.size(); ++i) response.requested_metrics[i] = arena.copy(subscription.metrics[i]);
  }
  request.reply(response);
}

}  // namespace streamline::handlers
