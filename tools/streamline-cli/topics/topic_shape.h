// TopicShape: what makes a topic the way it is, apart from its records; as JSON it can be written down and created from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/admin.h"
#include "output/json.h"

namespace streamline::cli {

struct TopicShape {
  std::string topic;
  std::int32_t partitions = 0;
  std::int16_t replication_factor = 0;
  /// Those that were set on the topic, ascending.
  std::vector<std::pair<std::string, std::string>> configs;
};

Result<TopicShape> shape_of(client::Cluster& cluster, std::string_view name);
/// Keys: topic, partitions, replication_factor, configs{}.
Json shape_json(const TopicShape& shape);
/// An array of shapes, or one. malformed names the place; what is left out of partitions and replication_factor is the broker's choice.
Result<std::vector<TopicShape>> parse_shapes(std::string_view text);

}  // namespace streamline::cli
