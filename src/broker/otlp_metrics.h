// Reads what clients push of their metrics: OpenTelemetry's MetricsData in protobuf, as far as a name and a number can be said of it
// (opentelemetry-proto, metrics/v1).
#pragma once

#include <functional>
#include <string_view>

#include "base/bytes.h"

namespace streamline::broker {

struct ClientMetric {
  std::string_view name;  ///< a view of the bytes
  double value = 0;       ///< of the first point of a gauge or a sum; 0 for others
};

/// Calls `visit` for each metric; false when the bytes are not of that shape, also after some were visited.
bool for_each_metric(ByteView metrics_data, const std::function<void(const ClientMetric&)>& visit);

}  // namespace streamline::broker
