// Look-up in the property table and the checks that follow from a row.
#include "config/property.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "base/edit_distance.h"
#include "config/kafka_keys.h"
#include "config/properties.h"
#include "config/property_tables.h"
#include "config/values.h"

namespace streamline::config {

namespace {

std::unexpected<Error> invalid(const Property& property, std::string_view value, std::string_view why) {
  const std::string_view shown = property.sensitive() ? "[hidden]" : value;
  return fail(Errc::invalid_config, fmt::format("Invalid value {} for configuration {}: {}", shown, property.name, why));
}

template <class Number>
Status check_range(const Property& property, Number value, std::string_view shown) {
  const Range& range = property.range;
  const bool below = value < static_cast<Number>(range.min);
  const bool above = range.max != Range{}.max && value > static_cast<Number>(range.max);
  if (!below && !above) return {};
  if (range.also) {
    if (value == static_cast<Number>(*range.also)) return {};
    return invalid(property, shown, fmt::format("Value must be between {} and {} or equal to {}", range.min, range.max, *range.also));
  }
  if (below) return invalid(property, shown, fmt::format("Value must be at least {}", range.min));
  return invalid(property, shown, fmt::format("Value must be no more than {}", range.max));
}

Status check_choice(const Property& property, std::string_view value) {
  if (property.choices.empty() || std::ranges::find(property.choices, value) != property.choices.end()) return {};
  return invalid(property, value, fmt::format("String must be one of: {}", fmt::join(property.choices, ", ")));
}

Status check_whole_number(const Property& property, std::string_view value) {
  const std::optional<std::int64_t> number = parse_integer(value);
  const bool is_int32 = property.type == Type::int32;
  const bool fits =
      number && (!is_int32 || (*number >= std::numeric_limits<std::int32_t>::min() && *number <= std::numeric_limits<std::int32_t>::max()));
  if (!fits) return invalid(property, value, fmt::format("Not a number of type {}", is_int32 ? "INT" : "LONG"));
  return check_range(property, *number, trimmed(value));
}

using Index = std::unordered_map<std::string_view, const Property*>;

Index index_of_broker_properties() {
  Index index;
  for (const Property* property : broker_properties()) index.emplace(property->name, property);
  return index;
}

/// Among rows that are in the order of their names.
const Property* find_by_name(std::span<const Property> rows, std::string_view name) {
  const auto found = std::ranges::lower_bound(rows, name, {}, &Property::name);
  return found == rows.end() || found->name != name ? nullptr : &*found;
}

}  // namespace

std::span<const PropertyArea> broker_areas() {
  static const std::array<PropertyArea, 10> areas = {{{"The broker", identity_properties()},
                                                      {"Network", network_properties()},
                                                      {"Topics", topic_default_properties()},
                                                      {"Log", log_properties()},
                                                      {"Space on disk and open files", space_properties()},
                                                      {"Retention", retention_properties()},
                                                      {"Compaction", compaction_properties()},
                                                      {"Consumer groups", group_properties()},
                                                      {"Transactions", transaction_properties()},
                                                      {"Quotas and metrics of clients", quota_properties()}}};
  return areas;
}

std::span<const Property* const> broker_properties() {
  static const std::vector<const Property*> all = [] {
    std::vector<const Property*> rows;
    for (const PropertyArea& area : broker_areas()) {
      for (const Property& property : area.rows) rows.push_back(&property);
    }
    return rows;
  }();
  return all;
}

const Property* find_broker_property(std::string_view name) {
  static const Index index = index_of_broker_properties();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

const Property* find_topic_property(std::string_view name) { return find_by_name(topic_properties(), name); }

const Property* find_group_property(std::string_view name) { return find_by_name(group_keys(), name); }

Status check_value(const Property& property, std::string_view value) {
  switch (property.type) {
    case Type::boolean:
      if (!parse_boolean(value)) return invalid(property, value, "Expected value to be either true or false");
      return {};
    case Type::int32:
    case Type::int64: return check_whole_number(property, value);
    case Type::real: {
      const std::optional<double> number = parse_real(value);
      if (!number) return invalid(property, value, "Not a number of type DOUBLE");
      return check_range(property, *number, canonical_value(property, value));
    }
    case Type::list:
      for (const std::string& element : split_list(value)) {
        if (Status checked = check_choice(property, element); !checked) return checked;
      }
      return {};
    case Type::string: return check_choice(property, trimmed(value));
    case Type::password: return {};
  }
  return {};
}

std::string range_text(const Property& property) {
  if (!property.choices.empty()) return fmt::format("[{}]", fmt::join(property.choices, ", "));
  if (property.type == Type::boolean) return "[true, false]";
  const Range& range = property.range;
  const bool has_min = range.min != Range{}.min;
  const bool has_max = range.max != Range{}.max;
  std::string text;
  if (has_min && has_max)
    text = fmt::format("[{},...,{}]", range.min, range.max);
  else if (has_min)
    text = fmt::format("[{},...]", range.min);
  else if (has_max)
    text = fmt::format("[...,{}]", range.max);
  if (range.also) text += fmt::format(" or {}", *range.also);
  return text;
}

std::string_view nearest_key(std::string_view name) {
  std::string_view nearest;
  std::size_t best = std::string_view::npos;
  const auto consider = [&](std::string_view candidate) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= best) return;
    best = distance;
    nearest = candidate;
  };
  for (const Property* property : broker_properties()) consider(property->name);
  for (const std::string_view key : ignored_kafka_keys()) consider(key);
  return nearest;
}

}  // namespace streamline::config
