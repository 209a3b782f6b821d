// ConsumePlan: the options of `consume`, and what they ask for once they are checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/cluster.h"
#include "client/offset_spec.h"
#include "record_format.h"
#include "session.h"

namespace streamline::cli {

struct ConsumeOptions {
  std::string topic;
  std::vector<std::int32_t> partitions;
  std::string from = "beginning";
  std::string until;
  std::optional<std::int64_t> count;
  bool follow = false;
  std::string timeout;
  std::string format;
  /// Empty: no group.
  std::string group;
};

/// The options, checked.
struct ConsumePlan {
  client::OffsetSpec from;
  std::optional<client::OffsetSpec> until;
  std::optional<std::chrono::milliseconds> timeout;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
  RecordFormat format;
};

/// invalid_argument names the option.
Result<ConsumePlan> plan_consume(const ConsumeOptions& options, Output output);

/// Where a partition's reading stops. An explicit offset may lie in the future of a log that is followed.
Result<std::optional<Offset>> stop_of(client::Cluster& cluster, const client::TopicPartition& of, const ConsumeOptions& options,
                                      const ConsumePlan& planned);

}  // namespace streamline::cli
