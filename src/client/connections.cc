// DescribeConnections, CloseConnections.
#include "client/connections.h"

#include <fmt/format.h>

#include "client/broker_error.h"
#include "wire/messages/close_connections.h"
#include "wire/messages/describe_connections.h"

namespace streamline::client {

namespace {

constexpr std::string_view kDoing = "the list of connections";

/// A broker that does not know an API has no other way to say so than to close the connection.
Error explained(Error error, const Address& broker) {
  if (error.code != Errc::closed) return error;
  return {
      Errc::unsupported,
      fmt::format("{} does not list connections: it closed the one that asked, as brokers do that are not Streamline", to_string(broker))};
}

std::string name_of(std::int16_t api_key) {
  const wire::ApiVersions* api = wire::find_api(api_key);
  return api == nullptr ? fmt::format("{}", api_key) : std::string(api->name);
}

template <class Response, class Request>
Result<Reply<Response>> ask(Cluster& cluster, const Request& request) {
  auto broker = cluster.any();
  if (!broker) return std::unexpected(std::move(broker).error().error);
  const Address address = (*broker)->address();
  auto reply = (*broker)->template call_unlisted<Response>(request);
  if (!reply) return std::unexpected(explained(std::move(cluster.drop(*broker, std::move(reply).error()).error().error), address));
  if ((*reply)->error_code != 0) return fail_broker((*reply)->error_code, kDoing, (*reply)->error_message);
  return reply;
}

}  // namespace

Result<std::vector<OpenConnection>> open_connections(Cluster& cluster) {
  auto reply = ask<wire::DescribeConnectionsResponse>(cluster, wire::DescribeConnectionsRequest());
  if (!reply) return fail_with(std::move(reply));
  std::vector<OpenConnection> open;
  for (const auto& one : (*reply)->connections) {
    open.push_back({.id = one.connection_id,
                    .listener = std::string(one.listener),
                    .host = std::string(one.host),
                    .port = one.port,
                    .client_id = std::string(one.client_id),
                    .software_name = std::string(one.software_name),
                    .software_version = std::string(one.software_version),
                    .connected_ms = one.connected_ms,
                    .idle_ms = one.idle_ms,
                    .requests = one.requests,
                    .bytes_in = one.bytes_in,
                    .bytes_out = one.bytes_out,
                    .in_flight = one.in_flight,
                    .last_api = one.last_api_key < 0 ? std::string() : name_of(one.last_api_key),
                    .is_throttled = one.is_throttled,
                    .is_own = one.is_own});
  }
  return open;
}

Result<std::vector<CloseOutcome>> close_connections(Cluster& cluster, const std::vector<std::int64_t>& ids) {
  std::vector<std::int64_t> asked = ids;  // messages hold spans of what may be written to
  wire::CloseConnectionsRequest request;
  request.connection_ids = asked;
  auto reply = ask<wire::CloseConnectionsResponse>(cluster, request);
  if (!reply) return fail_with(std::move(reply));
  std::vector<CloseOutcome> outcomes;
  for (const auto& result : (*reply)->results) {
    CloseOutcome outcome{.id = result.connection_id};
    if (result.error_code != 0) {
      outcome.error = broker_failure(result.error_code, fmt::format("connection {}", result.connection_id), result.error_message).error;
    }
    if (result.error_code == static_cast<std::int16_t>(wire::ErrorCode::resource_not_found)) outcome.error->code = Errc::not_found;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace streamline::client
