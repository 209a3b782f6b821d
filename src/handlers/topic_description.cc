// Shared pieces of topic descriptions.
#include "handlers/topic_description.h"

#include "broker/broker.h"

namespace streamline::handlers {

std::span<std::int32_t> only_replica(broker::Request& request) {
  auto nodes = request.arena().make_array<std::int32_t>(1);
  nodes[0] = request.broker().node_id();
  return nodes;
}

}  // namespace streamline::handlers
