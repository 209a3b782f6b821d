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
struct Owner {
  const Property* (*find)(std::string_view key);
  Status (*check)(const TopicConfigMap& configs, const Properties& broker);
};
constexpr Owner kTopics = {find_topic_property,
                           [](const TopicConfigMap& configs, const Properties&) { return check_topic_config(configs); }};
constexpr Owner kGroups = {find_group_property, check_group_config};

Result<std::string> changed_list(const ConfigChange& change, const KeyRules& rules) {
  const std::string_view operation = change.operation == ConfigOperation::append ? "APPEND" : "SUBTRACT";
  const Property* property = rules.find(change.name);
  if (property == nullptr || property->type != Type::list) {
    return fail(Errc::invalid_config, fmt::format("Can't {} to key {} because its type is not LIST.", operation, change.name));
  }
  std::vector<std::string> elements = split_list(rules.value(*property));
  for (const std::string& element : split_list(*change.value)) {
    const auto place = std::ranges::find(elements, element);
    if (change.operation == ConfigOperation::append && place == elements.end()) elements.push_back(element);
    if (change.operation == ConfigOperation::subtract && place != elements.end()) elements.erase(place);
  }
  return fmt::format("{}", fmt::join(elements, ","));
}

Result<TopicConfigMap> changed(const Owner& owner, const TopicConfigMap& now, std::span<const ConfigChange> changes,
                               const Properties& broker) {
  const auto value = [&](const Property& property) { return effective_topic_value(property, now, broker); };
  auto after = apply_changes(now, changes, {.find = owner.find, .value = value});
  if (!after) return after;
  if (Status checked = owner.check(*after, broker); !checked) return fail_with(std::move(checked));
  return after;
}

Result<TopicConfigMap> replaced(std::span<const ConfigChange> configs) {
  if (Status checked = check_names(configs); !checked) return fail_with(std::move(checked));
  TopicConfigMap after;
  for (const ConfigChange& config : configs) after.emplace(config.name, config.value.value_or(""));
  return after;
}

}  // namespace

Result<TopicConfigMap> apply_changes(const TopicConfigMap& now, std::span<const ConfigChange> changes, const KeyRules& rules) {
  if (Status checked = check_names(changes); !checked) return fail_with(std::move(checked));
  TopicConfigMap after = now;
  for (const ConfigChange& change : changes) {
    switch (change.operation) {
      case ConfigOperation::set: after.insert_or_assign(change.name, *change.value); break;
      case ConfigOperation::remove: after.erase(change.name); break;
      case ConfigOperation::append:
      case ConfigOperation::subtract: {
        Result<std::string> value = changed_list(change, rules);
        if (!value) return fail_with(std::move(value));
        after.insert_or_assign(change.name, *std::move(value));
        break;
      }
    }
  }
  return after;
}

Result<TopicConfigMap> change_configs(const TopicConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker) {
  return changed(kTopics, now, changes, broker);
}

Result<GroupConfigMap> change_group_configs(const GroupConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker) {
  return changed(kGroups, now, changes, broker);
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
