// AvroSchema: an Avro schema as a graph of types, read from its JSON. Source: the Avro 1.12 specification.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "output/json.h"

namespace streamline::cli {

enum class AvroType : std::uint8_t {
  null,
  boolean,
  int32,
  int64,
  float32,
  float64,
  bytes,
  string,
  record,
  enumeration,
  array,
  map,
  fixed,
  choice,
};
/// What a type stands for beside what it is; those that a schema names and we do not know stand for nothing.
enum class AvroMeaning : std::uint8_t {
  none,
  date,
  time_millis,
  time_micros,
  timestamp_millis,
  timestamp_micros,
  timestamp_nanos,
  local_timestamp_millis,
  local_timestamp_micros,
  local_timestamp_nanos,
  decimal,
  uuid,
  duration,
};

struct AvroNode {
  struct Field {
    std::string name;
    std::size_t type = 0;
    /// The default.
    std::optional<Json> otherwise{};
  };
  AvroType type = AvroType::null;
  AvroMeaning meaning = AvroMeaning::none;
  /// Full name of a record, enumeration or fixed; the word of any other.
  std::string name{};
  /// Of a record.
  std::vector<Field> fields{};
  /// Of an enumeration.
  std::vector<std::string> symbols{};
  /// Of a choice (a union); of an array or map the one type of its items.
  std::vector<std::size_t> types{};
  /// Bytes of a fixed.
  std::uint64_t size = 0;
  /// Digits behind the point of a decimal.
  std::uint32_t scale = 0;
};

class AvroSchema {
 public:
  /// malformed names what is wrong and in which type.
  static Result<AvroSchema> parse(std::string_view json);
  const AvroNode& root() const { return nodes_[root_]; }
  const AvroNode& node(std::size_t index) const { return nodes_[index]; }

 private:
  friend class AvroSchemaParser;
  std::vector<AvroNode> nodes_;
  std::size_t root_ = 0;
};

}  // namespace streamline::cli
