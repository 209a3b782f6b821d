// Rules for counts and manual assignments of a new or growing topic; texts are Kafka's.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "catalog/catalog.h"

namespace streamline::catalog {

/// Partitions of a new topic, with defaults put in. Errors as Catalog::create.
Result<std::int32_t> partition_count_of(const NewTopic& wanted, const config::Properties& properties, std::int32_t node_id);
/// Errors as Catalog::add_partitions.
Status check_partition_growth(const PartitionGrowth& growth, std::int32_t current_count, std::int32_t node_id);

}  // namespace streamline::catalog
