// Resolves topic keys against the broker's properties.
#include "config/effective.h"

#include <fmt/format.h>

#include <limits>

#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

/// Negative ones mean "without limit" and stay so.
std::int64_t scaled(std::int64_t value, std::int64_t factor) {
  if (value < 0) return -1;
  return value > kMax / factor ? kMax : value * factor;
}

}  // namespace

std::optional<std::string> twin_value(const Property& topic_key, const Twin& twin, std::optional<std::string_view> broker_value) {
  if (!broker_value) return std::nullopt;
  if (twin.factor == 1) return canonical_value(topic_key, *broker_value);
  return fmt::format("{}", scaled(parse_integer(*broker_value).value_or(0), twin.factor));
}

std::string inherited_topic_value(const Property& topic_key, const Properties& broker) {
  for (const Twin& twin : topic_key.twins) {
    if (twin.name.empty()) break;
    if (std::optional<std::string> value = twin_value(topic_key, twin, broker.text(twin.name))) return *std::move(value);
  }
  return canonical_value(topic_key, topic_key.default_value.value_or(""));
}

std::string effective_topic_value(const Property& topic_key, const TopicConfigMap& configs, const Properties& broker) {
  const auto own = configs.find(topic_key.name);
  return own != configs.end() ? canonical_value(topic_key, own->second) : inherited_topic_value(topic_key, broker);
}

}  // namespace streamline::config
