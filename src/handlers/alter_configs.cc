// AlterConfigs (key 33), versions 0 to 2: replaces everything that was set on a topic, a broker or a group. Old clients only;
// IncrementalAlterConfigs came in its place. In force and durable when the answer is sent.
#include "wire/messages/alter_configs.h"

#include <vector>

#include "broker/broker.h"
#include "config/broker_config.h"
#include "config/client_metrics_config.h"
#include "config/config_change.h"
#include "config/group_config.h"
#include "handlers/config_alteration.h"
#include "handlers/config_resource.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::AlterConfigsRequest;
using Response = wire::AlterConfigsResponse;

std::optional<AlterationRefusal> alter_one(Request& request, const Message::AlterConfigsResource& asked, Alter how) {
  const AlteredResource resource{.type = asked.resource_type, .name = asked.resource_name};
  std::vector<config::ConfigChange> configs;
  for (const auto& config : asked.configs) {
    std::optional<std::string> value;
    if (config.value) value.emplace(*config.value);
    configs.push_back({.name = std::string(config.name), .operation = config::ConfigOperation::set, .value = std::move(value)});
  }
  return alter(request, resource, how, [&](const config::TopicConfigMap&) -> Result<config::TopicConfigMap> {
    const auto properties = request.broker().properties();
    if (resource.type == kBrokerResource) return config::replace_broker_configs(configs, *properties);
    if (resource.type == kClientMetricsResource) return config::change_client_metrics({}, configs, *properties);
    if (resource.type == kGroupResource) return config::replace_group_configs(configs, *properties);
    return config::replace_configs(configs);
  });
}

}  // namespace

void alter_configs(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const Alter how = message->validate_only ? Alter::check_only : Alter::write;
  const auto one = [&](const Message::AlterConfigsResource& resource) { return alter_one(request, resource, how); };
  request.reply(alter_all<Response>(request, message->resources, one));
}

}  // namespace streamline::handlers
