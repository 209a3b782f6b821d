// Produce of versions 0 to 2: message sets of formats 0 and 1, converted on the pool, appended on the reactor in their order.
#pragma once

#include <cstdint>

#include "broker/request.h"

namespace streamline::handlers {

inline constexpr std::int16_t kFirstProduceWithBatches = 3;

void old_produce(broker::Request& request);

}  // namespace streamline::handlers
