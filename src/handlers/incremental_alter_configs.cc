// IncrementalAlterConfigs (key 44), versions 0 and 1: sets and removes single keys of a topic or a group, and changes elements of lists
// (KIP-339, kafka-rules 27). All changes of a resource or none; in force and durable when the answer is sent.
#include "wire/messages/incremental_alter_configs.h"

#include <fmt/format.h>

#include <vector>

#include "broker/broker.h"
#include "config/config_change.h"
#include "config/group_config.h"
#include "handlers/config_alteration.h"
#include "handlers/config_resource.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::IncrementalAlterConfigsRequest;
using Response = wire::IncrementalAlterConfigsResponse;
using wire::ErrorCode;

std::optional<AlterationRefusal> alter_one(Request& request, const Message::AlterConfigsResource& asked, Alter how) {
  AlteredResource resource{.type = asked.resource_type, .name = asked.resource_name, .keys = {}};
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
    resource.keys += resource.keys.empty() ? "" : ", ";
    resource.keys += config.name;
  }
  const auto change = asked.resource_type == kGroupResource ? config::change_group_configs : config::change_configs;
  return alter(request, resource, how,
               [&](const config::TopicConfigMap& now) { return change(now, changes, request.broker().properties()); });
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
