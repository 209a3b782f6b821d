// Writing one end marker to one partition's log.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "broker/partition.h"
#include "record/end_marker.h"

namespace streamline::broker {

class Broker;
class Shard;

struct MarkerOutcome {
  /// None: it is written. Errc::closed: the partition is gone. coordinator_fenced, invalid_producer_epoch: somebody newer has ended it.
  std::optional<Errc> error{};
  Offset offset = kNoOffset;
  /// Of the log, when it was written: in a later one the offset may belong to another record.
  std::uint64_t generation = 0;
};

/// To any partition; those that keep groups' offsets take it themselves. Any thread. `here` is the caller's own shard, if it has one.
MarkerOutcome write_marker(Broker& broker, Partition& target, const record::EndMarker& marker, Shard* here);

/// To the log, and nobody else is told.
MarkerOutcome append_marker(Broker& broker, Partition& target, const record::EndMarker& marker, Shard* here);

}  // namespace streamline::broker
