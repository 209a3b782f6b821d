// CloseConnections (key 20481, ours), version 0: ends connections by the numbers that DescribeConnections gives. What they wait for is
// dropped as when a peer goes away. The one that asks is refused: its answer could not be told.
#include "wire/messages/close_connections.h"

#include <algorithm>
#include <vector>

#include "broker/broker.h"
#include "broker/connections.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Response = wire::CloseConnectionsResponse;
using wire::ErrorCode;

void answer(Request& request, std::uint64_t id, const broker::ClosedConnections& closed, Response::CloseResult& result) {
  result.connection_id = static_cast<std::int64_t>(id);
  if (closed.own == id) return refuse(request, result, ErrorCode::invalid_request, "this is the connection that asks");
  if (!std::ranges::binary_search(closed.ids, id)) refuse(request, result, ErrorCode::resource_not_found, "no connection has this number");
}

}  // namespace

void close_connections(Request& request) {
  const auto message = decode<wire::CloseConnectionsRequest>(request);
  if (!message) return;
  std::vector<std::uint64_t> ids;
  for (const std::int64_t id : message->connection_ids) ids.push_back(static_cast<std::uint64_t>(id));
  Response response;
  const auto closed = broker::close_connections(request, ids);
  if (!closed) {
    refuse(request, response, broker::wire_error(closed.error().code), closed.error().text);
    return request.reply(response);
  }
  response.results = request.arena().make_array<Response::CloseResult>(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) answer(request, ids[i], *closed, response.results[i]);
  request.reply(response);
}

}  // namespace streamline::handlers
