// IncrementalAlterConfigs (key 44), versions 0 and 1: sets and removes single keys of a topic, a broker, its loggers or a group, and
// changes elements of lists (KIP-339, kafka-rules 27). All changes of a resource or none; in force and durable when the answer is sent.
#include "wire/messages/incremental_alter_configs.h"

#include <fmt/format.h>

#include <vector>

#include "broker/broker.h"
#include "config/broker_config.h"
#include "config/client_metrics_config.h"
#include "config/config_change.h"
#include "config/group_config.h"
#include "handlers/broker_loggers.h"
#include "handlers/config_alteration.h"
#include "handlers/config_resource.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::IncrementalAlterConfigsRequest;
using Response = wire::IncrementalAlterConfigsResponse;
using wire::ErrorCode;

using Change = Result<config::TopicConfigMap> (*)(const config::TopicConfigMap&, std::span<const config::ConfigChange>,
                                                  const config::Properties&);

Change change_of(std::int8_t type) {
  switch (type) {
    case kBrokerResource: return config::change_broker_configs;
    case kClientMetricsResource: return config::change_client_metrics;
    case kGroupResource: return config::change_group_configs;
    default: return config::change_configs;
  }
}

std::optional<AlterationRefusal> alter_one(Request& request, const Message::AlterConfigsResource& asked, Alter how) {
  const AlteredResource resource{.type = asked.resource_type, .name = asked.resource_name};
  std::vector<config::ConfigChange> changes;
  for (const auto& config : asked.configs) {
    if (config.config_operation < 0 || config.config_operation > static_cast<std::int8_t>(config::ConfigOperation::subtract)) {
      return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Unknown operation type {}", config.config_operation)};
    }
    std::optional<std::string> value;
    if (config.value) value.emplace(*config.value);
    changes.push_back({.name = std::string(config.name),
                       .operation = static_cast<config::ConfigOperation>(config.config_operation),
                       .value = std::move(value)});
  }
  if (asked.resource_type == kBrokerLoggerResource) {
    if (auto problem = logger_owner_problem(asked.resource_name, request.broker().node_id())) return problem;
    return alter_broker_loggers(changes, how);
  }
  const auto change = change_of(asked.resource_type);
  return alter(request, resource, how,
               [&](const config::TopicConfigMap& now) { return change(now, changes, *request.broker().properties()); });
}

}  // namespace

void incremental_alter_configs(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const Alter how = message->validate_only ? Alter::check_only : Alter::write;
  const auto one = [&](const Message::AlterConfigsResource& resource) { return alter_one(request, resource, how); };
  request.reply(alter_all<Response>(request, message->resources, one));
}

}  // namespace streamline::handlers
