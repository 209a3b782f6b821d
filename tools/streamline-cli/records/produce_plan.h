// ProducePlan: the options of `produce`, and what they ask for once they are checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/producer.h"
#include "records/decoder.h"
#include "records/template.h"

namespace streamline::cli {

struct ProduceOptions {
  std::string topic;
  std::string file;
  std::optional<std::string> key;
  std::string key_delimiter;
  std::optional<std::int32_t> partition;
  std::vector<std::string> headers;
  std::string codec = "none";
  std::string acks = "all";
  bool json = false;
  bool repartition = false;
  bool tombstone = false;
  std::optional<std::string> null_value;
  std::string value_template;
  std::string key_template;
  std::int64_t count = 0;
  double rate = 0;
  std::string timestamp;
  std::string transactional_id;
  std::int64_t every = 0;
  bool dry_run = false;
  std::string encode_key;
  std::string encode_value;
  std::optional<std::int32_t> schema_id;
};

/// Where records come from.
enum class Source : std::uint8_t { lines, envelopes, made_up };

/// The options, checked.
struct ProducePlan {
  client::ProducerOptions producer;
  Source source = Source::lines;
  std::optional<std::string> key;
  std::string key_delimiter;
  std::optional<std::int32_t> partition;
  /// Views into the options.
  std::vector<record::HeaderView> headers;
  /// None: the time at which a record is read.
  std::optional<std::int64_t> timestamp;
  Template value_template;
  std::optional<Template> key_template;
  /// None: bytes as they are.
  std::optional<Decoder> encode_key;
  std::optional<Decoder> encode_value;
};

/// invalid_argument names the option; a schema's file that cannot be read or is wrong has its own errors.
Result<ProducePlan> plan_produce(const ProduceOptions& options);

}  // namespace streamline::cli
