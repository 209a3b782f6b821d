// Values as Kafka reads them from text: blanks around them do not count, "+5" is a number, "TRUE" is true.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/property.h"

namespace streamline::config {

/// Without blanks, tabs and line ends on both sides.
std::string_view trimmed(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_real(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);

/// The one spelling of a value that passed check_value: "true", "5", "0.5", "compact,delete".
std::string canonical_value(const Property& property, std::string_view value);

}  // namespace streamline::config
