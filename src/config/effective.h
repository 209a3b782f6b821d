// The value that holds for a topic key: the topic's own, else the broker's, else the default.
#pragma once

#include <optional>
#include <string>

#include "config/properties.h"
#include "config/topic_config.h"

namespace streamline::config {

/// What the broker property of a twin makes of itself as the topic's value: "168" hours is "604800000"; nothing when it has no value.
std::optional<std::string> twin_value(const Property& topic_key, const Twin& twin, std::optional<std::string_view> broker_value);
/// In its one spelling.
std::string effective_topic_value(const Property& topic_key, const TopicConfigMap& configs, const Properties& broker);
/// The same without what is set on the topic.
std::string inherited_topic_value(const Property& topic_key, const Properties& broker);

}  // namespace streamline::config
