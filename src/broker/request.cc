// What a request knows of its surroundings.
#include "broker/request.h"

#include "base/assert.h"
#include "broker/broker.h"

namespace streamline::broker {

Shard& Request::shard() const {
  SL_ASSERT(parts_.shard != nullptr);
  return *parts_.shard;
}

Endpoint Request::endpoint() const { return parts_.broker.tell_endpoint(parts_.origin); }

std::int64_t Request::wall_ms() const { return parts_.broker.clock().wall_ms(); }

}  // namespace streamline::broker
