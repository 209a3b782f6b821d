// DescribeConnections (key 20480, ours), version 0: who is connected, and what each connection has done so far.
#include "wire/messages/describe_connections.h"

#include "broker/broker.h"
#include "broker/connections.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Response = wire::DescribeConnectionsResponse;

void tell(Request& request, const broker::OpenConnection& from, Response::OpenConnection& to) {
  Arena& arena = request.arena();
  to.connection_id = static_cast<std::int64_t>(from.id);
  to.listener = arena.copy(from.listener);
  to.host = arena.copy(from.host);
  to.port = from.port;
  to.client_id = arena.copy(from.client_id);
  to.software_name = arena.copy(from.software.name);
  to.software_version = arena.copy(from.software.version);
  to.connected_ms = request.wall_ms() - from.age_ms;
  to.idle_ms = from.idle_ms;
  to.requests = static_cast<std::int64_t>(from.requests);
  to.bytes_in = static_cast<std::int64_t>(from.bytes_in);
  to.bytes_out = static_cast<std::int64_t>(from.bytes_out);
  to.in_flight = static_cast<std::int32_t>(from.in_flight);
  if (from.last_api_key) to.last_api_key = *from.last_api_key;
  to.is_throttled = from.is_throttled;
  to.is_own = from.is_own;
}

}  // namespace

void describe_connections(Request& request) {
  if (!decode<wire::DescribeConnectionsRequest>(request)) return;
  Response response;
  const auto open = broker::open_connections(request);
  if (!open) {
    refuse(request, response, broker::wire_error(open.error().code), open.error().text);
    return request.reply(response);
  }
  response.connections = request.arena().make_array<Response::OpenConnection>(open->size());
  for (std::size_t i = 0; i < open->size(); ++i) tell(request, (*open)[i], response.connections[i]);
  request.reply(response);
}

}  // namespace streamline::handlers
