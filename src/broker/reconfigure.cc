// What clients set on brokers while this one runs: made part of its properties, and told to whoever has copied some.
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
  for (const std::string& why : refused) log::error("config", "what was set on brokers does not count cause={}", why);
  return configs;
}

}  // namespace

std::shared_ptr<const config::Properties> Broker::properties() const {
  const std::lock_guard lock(properties_mutex_);
  return properties_;
}

void Broker::renew_properties() {
  const auto table = broker_configs_->snapshot();
  config::Properties renewed = loaded_;
  renewed.set_layer(config::Layer::all_brokers, usable(*table, ""));
  renewed.set_layer(config::Layer::this_broker, usable(*table, fmt::format("{}", config_.node_id)));
  auto next = std::make_shared<const config::Properties>(std::move(renewed));
  const std::lock_guard lock(properties_mutex_);
  properties_.swap(next);
}

void Broker::reconfigure() {
  const std::lock_guard lock(reconfigure_mutex_);
  renew_properties();
  catalog_->attach_anew();
  const auto config = config::make_server_config(*properties());
  if (!config) return log::error("config", "what was set on brokers is not wholly in force cause={}", config.error().text);
  if (compactor_) compactor_->set_options(compactor_options(*config));
  if (config_watcher_) config_watcher_(*config);
}

void Broker::watch_config(ConfigWatcher watcher) {
  const std::lock_guard lock(reconfigure_mutex_);
  config_watcher_ = std::move(watcher);
  if (!config_watcher_) return;
  if (const auto config = config::make_server_config(*properties())) config_watcher_(*config);
}

}  // namespace streamline::broker
