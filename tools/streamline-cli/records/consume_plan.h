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
#include "records/decoder.h"
#include "records/json_path.h"
#include "records/record_format.h"
#include "records/selection.h"
#include "session.h"

namespace streamline::cli {

struct ConsumeOptions {
  std::vector<std::string> topics;
  std::vector<std::int32_t> partitions;
  std::string from = "beginning";
  std::string until;
  /// rpk's "from" and "from:until" in one.
  std::string offset;
  std::optional<std::int64_t> count;
  bool follow = false;
  std::string timeout;
  std::string format;
  /// Empty: no group.
  std::string group;
  std::string isolation = "uncommitted";
  SelectionOptions selection;
  std::string decode_key;
  std::string decode_value;
  std::string pick;
};

/// The options, checked.
struct ConsumePlan {
  client::OffsetSpec from;
  std::optional<client::OffsetSpec> until;
  std::optional<std::chrono::milliseconds> timeout;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
  client::Isolation isolation = client::Isolation::uncommitted;
  RecordFormat format;
  Selection selection;
  /// None: bytes as they are.
  std::optional<Decoder> decode_key;
  std::optional<Decoder> decode_value;
  /// What is shown of a value.
  std::optional<JsonPath> pick;
};

/// invalid_argument names the option; a schema's file that cannot be read or is wrong has its own errors.
Result<ConsumePlan> plan_consume(const ConsumeOptions& options, Output output);

/// Where a partition's reading stops. An explicit offset may lie in the future of a log that is followed.
Result<std::optional<Offset>> stop_of(client::Cluster& cluster, const client::TopicPartition& of, const ConsumeOptions& options,
                                      const ConsumePlan& planned);

}  // namespace streamline::cli
