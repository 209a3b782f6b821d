// PushTelemetry (key 72), version 0: a client's metrics (KIP-714, rule 137). They are written to the log: a line for each push at level
// info, a line for each of its first metrics at level debug.
#include "wire/messages/push_telemetry.h"

#include "base/log.h"
#include "broker/broker.h"
#include "broker/otlp_metrics.h"
#include "broker/shard.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/telemetry_client.h"
#include "record/compression.h"

namespace streamline::handlers {

namespace {

using Message = wire::PushTelemetryRequest;
using wire::ErrorCode;

/// What a push may grow to, against what it may be sent as.
constexpr std::size_t kMostGrowth = 4;
constexpr std::int8_t kLastCodec = 4;

/// Lines of one push in the log.
constexpr std::size_t kMostShown = 1000;

void show(const Request& request, const Message& message, ByteView plain) {
  const std::string instance = message.client_instance_id.to_string();
  std::size_t count = 0;
  const bool is_readable = broker::for_each_metric(plain, [&](const broker::ClientMetric& metric) {
    if (count++ < kMostShown) log::debug("telemetry", "metric instance={} name={} value={}", instance, metric.name, metric.value);
  });
  log::info("telemetry", "client pushed its metrics client_id={} instance={} metrics={} bytes={} readable={} last={}", request.client_id(),
            instance, count, plain.size(), is_readable, message.terminating);
}

ErrorCode take(Request& request, const Message& message) {
  auto& broker = request.broker();
  const auto limit = static_cast<std::size_t>(broker.config().telemetry_max_bytes);
  const broker::ClientTelemetry::Push push = {.subscription_id = message.subscription_id,
                                              .is_last = message.terminating,
                                              .knows_codec = message.compression_type >= 0 && message.compression_type <= kLastCodec,
                                              .is_too_large = message.metrics.size() > limit};
  const ErrorCode error =
      broker.telemetry().push(telemetry_client(request, message.client_instance_id), push, broker.clock().monotonic_ms());
  if (error != ErrorCode::none) return error;
  const auto codec = static_cast<record::Codec>(message.compression_type);
  const auto plain = request.shard().decompressor().decompress(codec, message.metrics, kMostGrowth * limit);
  if (!plain) return ErrorCode::invalid_record;
  if (!plain->empty()) show(request, message, *plain);
  return ErrorCode::none;
}

}  // namespace

void push_telemetry(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  wire::PushTelemetryResponse response;
  response.error_code = static_cast<std::int16_t>(take(request, *message));
  request.reply(response);
}

}  // namespace streamline::handlers
