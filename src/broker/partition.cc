// Construction of a partition.
#include "broker/partition.h"

#include "base/assert.h"

namespace streamline::broker {

Partition::Partition(std::uint32_t number, PartitionId id, std::shared_ptr<storage::Log> log)
    : number_(number), id_(std::move(id)), log_(std::move(log)) {
  SL_ASSERT(log_ != nullptr);
}

}  // namespace streamline::broker
