// Checks what a client sets on a group, and parses what holds.
#include "config/group_config.h"

#include <fmt/format.h>

#include <string_view>

#include "config/effective.h"
#include "config/property.h"
#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::string_view kSession = "consumer.session.timeout.ms";
constexpr std::string_view kHeartbeat = "consumer.heartbeat.interval.ms";

/// A key, and the broker properties between which its value has to lie.
struct Bounds {
  std::string_view key;
  std::string_view least;
  std::string_view most;
};
constexpr Bounds kBounds[] = {
    {kSession, "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"},
    {kHeartbeat, "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"},
};

std::int64_t number_of(std::string_view key, const GroupConfigMap& configs, const Properties& broker) {
  const Property& property = *find_group_property(key);
  const auto own = configs.find(key);
  if (own != configs.end() && check_value(property, own->second)) return parse_integer(own->second).value_or(0);
  return parse_integer(inherited_topic_value(property, broker)).value_or(0);
}

Status check_bounds(const Bounds& bounds, const GroupConfigMap& configs, const Properties& broker) {
  if (!configs.contains(bounds.key)) return {};
  const std::int64_t value = number_of(bounds.key, configs, broker);
  if (value < broker.int32(bounds.least)) {
    return fail(Errc::invalid_config, fmt::format("{} must be greater than or equal to {}", bounds.key, bounds.least));
  }
  if (value > broker.int32(bounds.most)) {
    return fail(Errc::invalid_config, fmt::format("{} must be less than or equal to {}", bounds.key, bounds.most));
  }
  return {};
}

}  // namespace

Status check_group_config(const GroupConfigMap& configs, const Properties& broker) {
  for (const auto& [key, value] : configs) {
    const Property* property = find_group_property(key);
    if (property == nullptr) return fail(Errc::invalid_config, fmt::format("Unknown group config name: {}", key));
    if (Status checked = check_value(*property, value); !checked) return checked;
  }
  for (const Bounds& bounds : kBounds) {
    if (Status checked = check_bounds(bounds, configs, broker); !checked) return checked;
  }
  // What the broker says of all groups is its operator's affair.
  if (!configs.empty() && number_of(kSession, configs, broker) <= number_of(kHeartbeat, configs, broker)) {
    return fail(Errc::invalid_config, fmt::format("{} must be greater than {}", kSession, kHeartbeat));
  }
  return {};
}

GroupOptions group_options(const GroupConfigMap& configs, const Properties& broker) {
  return {.consumer_session_ms = static_cast<std::int32_t>(number_of(kSession, configs, broker)),
          .consumer_heartbeat_interval_ms = static_cast<std::int32_t>(number_of(kHeartbeat, configs, broker))};
}

}  // namespace streamline::config
