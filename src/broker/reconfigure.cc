// What clients set while the broker runs, and what its configuration reads like when it is read again: made part of its properties, and
// told to whoever has copied some.
#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/compactor.h"
#include "config/broker_config.h"

namespace streamline::broker {

namespace {

config::BrokerConfigMap usable(const catalog::NamedConfigTable& table, std::string_view name) {
  const auto found = table.find(name);
  if (found == table.end()) return {};
  std::vector<std::string> refused;
  auto configs = config::usable_broker_configs(found->second, refused);
  for (const std::string& why : refused) {
    log::error(
        "config",
        "what was set on brokers does not count, and the configuration holds: this version refuses it, and streamline-cli configs unset "
        "takes it away file={} cause={}",
        catalog::kBrokerConfigs.file_name, why);
  }
  return configs;
}

/// What clients have set, whichever way.
config::Properties::LayerMap set_by_clients(const config::Properties& properties) {
  config::Properties::LayerMap all = properties.layer(config::Layer::all_brokers);
  for (const auto& [key, value] : properties.layer(config::Layer::this_broker)) all.insert_or_assign(key, value);
  return all;
}

/// Whoever wonders why a value of the file does not hold finds it here.
void tell_changes(const config::Properties& before, const config::Properties& after) {
  const auto old = set_by_clients(before);
  const auto now = set_by_clients(after);
  std::vector<std::string_view> set;
  std::vector<std::string_view> unset;
  for (const auto& [key, value] : now) {
    const auto found = old.find(key);
    if (found == old.end() || found->second != value) set.push_back(key);
  }
  for (const auto& [key, value] : old) {
    if (!now.contains(key)) unset.push_back(key);
  }
  if (!set.empty()) log::info("config", "set by clients, which wins over the configuration keys={}", fmt::join(set, ","));
  if (!unset.empty()) log::info("config", "unset by clients, so that the configuration holds keys={}", fmt::join(unset, ","));
}

}  // namespace

std::shared_ptr<const config::Properties> Broker::properties() const {
  const std::lock_guard lock(properties_mutex_);
  return properties_;
}

std::shared_ptr<const config::Properties> Broker::merged_properties() const {
  const auto table = broker_configs_->snapshot();
  config::Properties merged = reloaded_;
  merged.set_layer(config::Layer::all_brokers, usable(*table, ""));
  merged.set_layer(config::Layer::this_broker, usable(*table, fmt::format("{}", config_.node_id)));
  return std::make_shared<const config::Properties>(std::move(merged));
}

void Broker::renew_properties(std::shared_ptr<const config::Properties> next) {
  tell_changes(*properties(), *next);
  const std::lock_guard lock(properties_mutex_);
  properties_.swap(next);
}

void Broker::take_effect(const config::ServerConfig& config) {
  if (compactor_) compactor_->set_options(compactor_options(config));
  if (config_watcher_) config_watcher_(config);
}

void Broker::quotas_changed() {
  const std::lock_guard lock(rules_mutex_);
  quotas_->set_rules(quota_rules(*client_quotas_->snapshot()));
}

void Broker::client_metrics_changed() {
  const std::lock_guard lock(rules_mutex_);
  telemetry_.set_subscriptions(*client_metrics_->snapshot());
}

void Broker::reconfigure() {
  const std::lock_guard lock(reconfigure_mutex_);
  renew_properties(merged_properties());
  catalog_->attach_anew();
  const auto config = config::make_server_config(*properties());
  if (!config) return log::error("config", "what was set on brokers is not wholly in force cause={}", config.error().text);
  take_effect(*config);
}

Status Broker::reload(config::Properties loaded) {
  const std::lock_guard lock(reconfigure_mutex_);
  std::swap(reloaded_, loaded);
  auto merged = merged_properties();
  auto config = config::make_server_config(*merged);
  if (!config) {
    std::swap(reloaded_, loaded);
    return fail_with(std::move(config));
  }
  renew_properties(std::move(merged));
  catalog_->attach_anew();
  take_effect(*config);
  return {};
}

void Broker::watch_config(ConfigWatcher watcher) {
  const std::lock_guard lock(reconfigure_mutex_);
  config_watcher_ = std::move(watcher);
  if (!config_watcher_) return;
  if (const auto config = config::make_server_config(*properties())) config_watcher_(*config);
}

}  // namespace streamline::broker
