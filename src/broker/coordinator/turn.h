// Turn: what one turn of a coordinator's partition leaves behind for whoever ran it: answers with the offset they wait for, a deadline,
// and progress to tell.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "coordinator/answer.h"
#include "wire/error_code.h"

namespace streamline::broker {

class Shard;

/// Answers that may leave once the partition's high watermark has come to `durable_at`.
struct DueAnswers {
  std::vector<coordinator::Answer> answers{};
  Offset durable_at{0};
  /// Of the log, when it was written: in a later one the offset may belong to another record.
  std::uint64_t generation = 0;
  /// Not none: the records that they rest on were not written, and each has to say so.
  wire::ErrorCode failure = wire::ErrorCode::none;

  void clear() {
    answers.clear();
    durable_at = Offset(0);
    generation = 0;
    failure = wire::ErrorCode::none;
  }
};

/// Kept by its owner for its memory.
struct Turn {
  /// Of whoever runs it, if it has one; not cleared.
  Shard* here = nullptr;
  DueAnswers due{};
  /// What these say is durable already.
  DueAnswers settled{};
  /// The partition has orders: CoordinatorPartition::carry_out() by a reactor, now and with each progress.
  bool has_orders = false;
  /// The partition has to be loaded again, though nobody may ask for it: Coordinators::reload().
  bool must_reload = false;
  /// Somebody has to come back at this time of the monotonic clock, earlier than anybody had to before.
  std::optional<std::int64_t> wake_at{};
  /// Of the partition, for Broker::tell_progress.
  std::int64_t visible_bytes = 0;

  void clear() {
    due.clear();
    settled.clear();
    has_orders = false;
    must_reload = false;
    wake_at.reset();
    visible_bytes = 0;
  }
};

}  // namespace streamline::broker
