// JsonPath: a place in a JSON value, written as jq writes it: .order.items[0]."odd key"; and conditions on what is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "output/json.h"

namespace streamline::cli {

class JsonPath {
 public:
  /// "." alone is the whole value. invalid_argument says where the path goes wrong.
  static Result<JsonPath> parse(std::string_view text);
  /// The value there; null when a step leads nowhere. Negative indexes count from the end.
  const Json* find(const Json& value) const;

 private:
  std::vector<std::variant<std::string, std::int64_t>> steps_;
};

/// "PATH", "PATH OPERATOR LITERAL" with ==, !=, <, <=, >, >=; the literal is JSON, and a bare word is text.
class JsonCondition {
 public:
  static Result<JsonCondition> parse(std::string_view text);
  /// Without an operator: there is something, and it is neither null nor false. Values of different kinds are unequal, and none is less.
  bool holds(const Json& value) const;

 private:
  enum class Operator : std::uint8_t { exists, equal, unequal, less, less_or_equal, greater, greater_or_equal };
  JsonPath path_;
  Operator operator_ = Operator::exists;
  Json literal_;
};

}  // namespace streamline::cli
