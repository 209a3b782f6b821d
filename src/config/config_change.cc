// The four operations on a topic's configs.
#include "config/config_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "config/effective.h"

namespace streamline::config {

namespace {

Status check_names(std::span<const ConfigChange> changes) {
  std::set<std::string_view> names;
  for (const ConfigChange& change : changes) {
    if (!names.insert(change.name).second) return fail(Errc::invalid_argument, "Error due to duplicate config keys");
    if (change.operation != ConfigOperation::remove && !change.value) {
      return fail(Errc::invalid_argument, fmt::format("Null value not supported for : {}", change.name));
    }
  }
  return {};
}

Result<std::string> changed_list(const ConfigChange& change, const TopicConfigMap& now, const Properties& broker) {
  const std::string_view operation = change.operation == ConfigOperation::append ? "APPEND" : "SUBTRACT";
  const Property* property = find_topic_property(change.name);
  if (property == nullptr || property->type != Type::list) {
    return fail(Errc::invalid_config, fmt::format("Can't {} to key {} because its type is not LIST.", operation, change.name));
  }
  std::vector<std::string> elements = split_list(effective_topic_value(*property, now, broker));
  for (const std::string& element : split_list(*change.value)) {
    const auto place = std::ranges::find(elements, element);
    if (change.operation == ConfigOperation::append && place == elements.end()) elements.push_back(element);
    if (change.operation == ConfigOperation::subtract && place != elements.end()) elements.erase(place);
  }
  return fmt::format("{}", fmt::join(elements, ","));
}

}  // namespace

Result<TopicConfigMap> change_configs(const TopicConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker) {
  if (Status checked = check_names(changes); !checked) return fail_with(std::move(checked));
  TopicConfigMap after = now;
  for (const ConfigChange& change : changes) {
    switch (change.operation) {
      case ConfigOperation::set: after.insert_or_assign(change.name, *change.value); break;
      case ConfigOperation::remove: after.erase(change.name); break;
      case ConfigOperation::append:
      case ConfigOperation::subtract: {
        Result<std::string> value = changed_list(change, now, broker);
        if (!value) return fail_with(std::move(value));
        after.insert_or_assign(change.name, *std::move(value));
        break;
      }
    }
  }
  if (Status checked = check_topic_config(after); !checked) return fail_with(std::move(checked));
  return after;
}

Result<TopicConfigMap> replace_configs(std::span<const ConfigChange> configs) {
  if (Status checked = check_names(configs); !checked) return fail_with(std::move(checked));
  TopicConfigMap after;
  for (const ConfigChange& config : configs) after.emplace(config.name, config.value.value_or(""));
  if (Status checked = check_topic_config(after); !checked) return fail_with(std::move(checked));
  return after;
}

}  // namespace streamline::config
