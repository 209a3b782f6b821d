// Checks what a client sets on brokers.
#include "config/broker_config.h"

#include <fmt/format.h>

#include "config/property.h"
#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::string_view kMaxConnections = "max.connections";

/// The row that a key stands for; nullptr when it has none.
const Property* row(std::string_view key) { return find_broker_property(key); }

Status check_one(std::string_view key, std::string_view value) {
  Status checked = check_value(*row(key), value);
  if (!checked) return fail(Errc::invalid_argument, std::move(checked).error().text);
  // Nobody could ever connect to take it back.
  if (key == kMaxConnections && parse_integer(value).value_or(0) < 1) {
    return fail(Errc::invalid_argument, fmt::format("Invalid {} {}", key, value));
  }
  return {};
}

/// All keys that are refused, as Kafka names them in one text.
Status check_names(std::span<const ConfigChange> changes) {
  std::string fixed;
  for (const ConfigChange& change : changes) {
    if (change.operation == ConfigOperation::remove) continue;
    const Property* property = row(change.name);
    if (property == nullptr && !is_ignored_kafka_key(change.name)) {
      return fail(Errc::invalid_argument, fmt::format("Unknown broker config name: {}", change.name));
    }
    if (property != nullptr && property->reloadable) continue;
    fixed += fixed.empty() ? "" : ", ";
    fixed += change.name;
  }
  if (fixed.empty()) return {};
  return fail(Errc::invalid_argument, fmt::format("Cannot update these configs dynamically: [{}]", fixed));
}

Result<BrokerConfigMap> checked(BrokerConfigMap after, std::span<const ConfigChange> changes) {
  for (const ConfigChange& change : changes) {
    const auto set = after.find(change.name);
    if (set == after.end() || change.operation == ConfigOperation::remove) continue;
    if (Status fits = check_one(set->first, set->second); !fits) return fail_with(std::move(fits));
    set->second = canonical_value(*row(set->first), set->second);
  }
  return after;
}

}  // namespace

Result<BrokerConfigMap> change_broker_configs(const BrokerConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker) {
  if (Status named = check_names(changes); !named) return fail_with(std::move(named));
  const auto value = [&](const Property& property) {
    const auto own = now.find(property.name);
    return own != now.end() ? own->second : broker.string(property.name);
  };
  auto after = apply_changes(now, changes, {.find = find_broker_property, .value = value});
  if (!after) return after;
  return checked(*std::move(after), changes);
}

Result<BrokerConfigMap> replace_broker_configs(std::span<const ConfigChange> configs, const Properties& broker) {
  return change_broker_configs({}, configs, broker);
}

BrokerConfigMap usable_broker_configs(const BrokerConfigMap& kept, std::vector<std::string>& refused) {
  BrokerConfigMap usable;
  for (const auto& [key, value] : kept) {
    const ConfigChange change = {.name = key, .value = value};
    Status fits = check_names(std::span(&change, 1));
    if (fits) fits = check_one(key, value);
    if (fits)
      usable.emplace(key, canonical_value(*row(key), value));
    else
      refused.push_back(std::move(fits).error().text);
  }
  return usable;
}

}  // namespace streamline::config
