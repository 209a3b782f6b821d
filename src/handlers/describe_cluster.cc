// DescribeCluster (key 60), versions 0 to 2: the one broker, by the address that this client reaches it at.
#include "wire/messages/describe_cluster.h"

#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/topic_description.h"

namespace streamline::handlers {

namespace {

using Response = wire::DescribeClusterResponse;
using wire::ErrorCode;

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

void describe(Request& request, const wire::DescribeClusterRequest& message, Response& response) {
  const auto& config = request.broker().config();
  const broker::Endpoint endpoint = request.endpoint();
  response.cluster_id = request.arena().copy(request.broker().cluster_id());
  response.controller_id = config.node_id;
  response.brokers = request.arena().make_array<Response::DescribeClusterBroker>(1);
  response.brokers[0].broker_id = config.node_id;
  response.brokers[0].host = request.arena().copy(endpoint.host);
  response.brokers[0].port = endpoint.port;
  if (!config.rack.empty()) response.brokers[0].rack = config.rack;
  if (message.include_cluster_authorized_operations) response.cluster_authorized_operations = kAllClusterOperations;
}

}  // namespace

void describe_cluster(Request& request) {
  const auto message = decode<wire::DescribeClusterRequest>(request);
  if (!message) return;
  Response response;
  response.endpoint_type = message->endpoint_type;
  if (message->endpoint_type == kBrokers) {
    describe(request, *message, response);
  } else if (message->endpoint_type == kControllers) {
    response.error_code = static_cast<std::int16_t>(ErrorCode::mismatched_endpoint_type);
    response.error_message = "this listener belongs to a broker, not to a controller";
  } else {
    response.error_code = static_cast<std::int16_t>(ErrorCode::unsupported_endpoint_type);
    response.error_message = "unknown endpoint type";
  }
  request.reply(response);
}

}  // namespace streamline::handlers
