// The four operations on the configs of a topic or a group.
#include "config/config_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "config/effective.h"
#include "config/group_config.h"

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

/// The keys that a kind of owner has, and what its configs have to keep.
struct Rules {
  const Property* (*find)(std::string_view key);
  Status (*check)(const TopicConfigMap& configs, const Properties& broker);
};
constexpr Rules kTopicRules = {find_topic_property,
                               [](const TopicConfigMap& configs, const Properties&) { return check_topic_config(configs); }};
constexpr Rules kGroupRules = {find_group_property, check_group_config};

/// What holds, and how it is to change.
struct Present {
  const Rules& rules;
  const TopicConfigMap& configs;
  const Properties& broker;
};

Result<std::string> changed_list(const ConfigChange& change, const Present& present) {
  const std::string_view operation = change.operation == ConfigOperation::append ? "APPEND" : "SUBTRACT";
  const Property* property = present.rules.find(change.name);
  if (property == nullptr || property->type != Type::list) {
    return fail(Errc::invalid_config, fmt::format("Can't {} to key {} because its type is not LIST.", operation, change.name));
  }
  std::vector<std::string> elements = split_list(effective_topic_value(*property, present.configs, present.broker));
  for (const std::string& element : split_list(*change.value)) {
    const auto place = std::ranges::find(elements, element);
    if (change.operation == ConfigOperation::append && place == elements.end()) elements.push_back(element);
    if (change.operation == ConfigOperation::subtract && place != elements.end()) elements.erase(place);
  }
  return fmt::format("{}", fmt::join(elements, ","));
}

Result<TopicConfigMap> changed(const Present& present, std::span<const ConfigChange> changes) {
  if (Status checked = check_names(changes); !checked) return fail_with(std::move(checked));
  TopicConfigMap after = present.configs;
  for (const ConfigChange& change : changes) {
    switch (change.operation) {
      case ConfigOperation::set: after.insert_or_assign(change.name, *change.value); break;
      case ConfigOperation::remove: after.erase(change.name); break;
      case ConfigOperation::append:
      case ConfigOperation::subtract: {
        Result<std::string> value = changed_list(change, present);
        if (!value) return fail_with(std::move(value));
        after.insert_or_assign(change.name, *std::move(value));
        break;
      }
    }
  }
  if (Status checked = present.rules.check(after, present.broker); !checked) return fail_with(std::move(checked));
  return after;
}

Result<TopicConfigMap> replaced(std::span<const ConfigChange> configs) {
  if (Status checked = check_names(configs); !checked) return fail_with(std::move(checked));
  TopicConfigMap after;
  for (const ConfigChange& config : configs) after.emplace(config.name, config.value.value_or(""));
  return after;
}

}  // namespace

Result<TopicConfigMap> change_configs(const TopicConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker) {
  return changed({kTopicRules, now, broker}, changes);
}

Result<GroupConfigMap> change_group_configs(const GroupConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker) {
  return changed({kGroupRules, now, broker}, changes);
}

Result<TopicConfigMap> replace_configs(std::span<const ConfigChange> configs) {
  Result<TopicConfigMap> after = replaced(configs);
  if (!after) return after;
  if (Status checked = check_topic_config(*after); !checked) return fail_with(std::move(checked));
  return after;
}

Result<GroupConfigMap> replace_group_configs(std::span<const ConfigChange> configs, const Properties& broker) {
  Result<GroupConfigMap> after = replaced(configs);
  if (!after) return after;
  if (Status checked = check_group_config(*after, broker); !checked) return fail_with(std::move(checked));
  return after;
}

}  // namespace streamline::config
