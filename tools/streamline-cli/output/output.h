// Output: the forms that -o chooses between, and which of them a command's answer has.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace streamline::cli {

/// `plain` is a command's own form: a table for those that list, bare records for consume, silence for produce.
enum class Output : std::uint8_t { plain, table, wide, json, yaml, csv, name };

/// Of all keys together. Within a version keys keep name, type and meaning, and none goes; new ones may come.
inline constexpr int kOutputVersion = 1;

/// What a command answers with.
enum class Shape : std::uint8_t {
  /// Nothing that -o could change.
  text,
  /// Rows of columns.
  listing,
  /// A nested value; as csv the rows of its longest list.
  document,
  /// Records one by one; as json a line each.
  records,
};

/// The form that was asked for; every shape but `text` has them all. invalid_argument.
Result<Output> parse_output(std::string_view text, Shape shape);

}  // namespace streamline::cli
