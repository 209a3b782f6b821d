// The table of every property: what it is called, what it may hold, what it is for. One row per property; the loader, DescribeConfigs and
// the printed configuration file all read this table and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace streamline::config {

enum class Type : std::uint8_t { boolean, int32, int64, real, string, list, password };

/// Whole numbers a value may take, both ends included; `also` is one more value outside of them (such as -1 for "none").
struct Range {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> also = std::nullopt;
};

/// A broker property that gives a topic key its default: the topic's value is the broker's times `factor` (hours to ms and the like).
struct Twin {
  std::string_view name;
  std::int64_t factor = 1;
};

struct Property {
  std::string_view name;
  Type type = Type::string;
  std::string_view unit = {};                                    ///< "ms", "bytes" or empty
  std::optional<std::string_view> default_value = std::nullopt;  ///< as written in a file; nullopt = unset
  Range range = {};
  std::span<const std::string_view> choices = {};  ///< when not empty: the only values (of each element, for a list)
  bool reloadable = false;                         ///< may change while the broker runs
  std::string_view kafka_default = {};             ///< Kafka's default where ours differs
  std::array<Twin, 3> twins = {};                  ///< topic keys only; the first one that is set wins; unused ones have no name
  std::string_view alias_of = {};                  ///< another name of this property
  std::string_view text = {};                      ///< what it does and why one would change it

  bool sensitive() const { return type == Type::password; }
};

/// Broker properties that belong together, under the heading of the printed file.
struct PropertyArea {
  std::string_view title;
  std::span<const Property> rows;
};
std::span<const PropertyArea> broker_areas();
/// Every broker property, in the order of the printed file.
std::span<const Property* const> broker_properties();
/// Every topic key, by name.
std::span<const Property> topic_properties();
/// Every key of a group, by name.
std::span<const Property> group_keys();
/// nullptr when the table does not have it. Any thread.
const Property* find_broker_property(std::string_view name);
const Property* find_topic_property(std::string_view name);
const Property* find_group_property(std::string_view name);

/// Whether `value` fits the type, range and choices. The error's text is Kafka's:
/// "Invalid value 0 for configuration segment.bytes: Value must be at least 1048576". Errc::invalid_config.
Status check_value(const Property& property, std::string_view value);
/// "[1,...]", "[0,...,1]", "[compact, delete]"; empty when anything goes.
std::string range_text(const Property& property);

/// A Kafka broker key that has no meaning here (process.roles, controller.*, ssl.* without TLS ...): accepted, and named in one warning.
bool is_ignored_kafka_key(std::string_view name);
/// The known broker key with the smallest edit distance; for error texts.
std::string_view nearest_key(std::string_view name);

}  // namespace streamline::config
