// Altering one resource.
#include "handlers/config_alteration.h"

#include <fmt/format.h>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/config_resource.h"

namespace streamline::handlers {

namespace {

using wire::ErrorCode;

std::optional<AlterationRefusal> refusal(const Error& error) { return AlterationRefusal{broker::wire_error(error.code), error.text}; }

std::optional<AlterationRefusal> alter_topic(broker::Request& request, std::string_view name, Alter how, const ConfigAlteration& change) {
  if (name.empty()) return AlterationRefusal{ErrorCode::invalid_request, "Default topic resources are not allowed."};
  auto& catalog = request.broker().catalog();
  if (const Status checked = catalog::check_topic_name(name); !checked) return refusal(checked.error());
  const auto topic = catalog.snapshot()->share(name);
  if (topic == nullptr)
    return AlterationRefusal{ErrorCode::unknown_topic_or_partition, fmt::format("The topic '{}' does not exist.", name)};
  if (how == Alter::check_only) {
    const auto after = change(topic->configs);
    return after ? std::nullopt : refusal(after.error());
  }
  const auto changed = catalog.change_configs(name, change);
  return changed ? std::nullopt : refusal(changed.error());
}

std::optional<AlterationRefusal> alter_group(broker::Request& request, std::string_view name, Alter how, const ConfigAlteration& change) {
  if (name.empty()) return AlterationRefusal{ErrorCode::invalid_request, "Default group resources are not allowed."};
  auto& configs = request.broker().group_configs();
  if (how == Alter::check_only) {
    const auto now = configs.snapshot();
    const auto own = now->find(name);
    const auto after = change(own == now->end() ? config::GroupConfigMap() : own->second);
    return after ? std::nullopt : refusal(after.error());
  }
  if (const Status changed = configs.change(name, change); !changed) return refusal(changed.error());
  request.broker().groups().configs_changed(name);
  return std::nullopt;
}

/// No broker property takes effect while the broker runs, so each is refused as Kafka refuses those that it reads once.
std::optional<AlterationRefusal> alter_broker(broker::Request& request, const AlteredResource& resource) {
  const std::string id = fmt::format("{}", request.broker().node_id());
  if (!resource.name.empty() && resource.name != id) {
    return AlterationRefusal{ErrorCode::invalid_request,
                             fmt::format("Unexpected broker id, expected {}, but received {}", id, resource.name)};
  }
  if (resource.keys.empty()) return std::nullopt;
  return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Cannot update these configs dynamically: [{}]", resource.keys)};
}

}  // namespace

std::optional<AlterationRefusal> alter(broker::Request& request, const AlteredResource& resource, Alter how,
                                       const ConfigAlteration& change) {
  switch (resource.type) {
    case kTopicResource: return alter_topic(request, resource.name, how, change);
    case kBrokerResource: return alter_broker(request, resource);
    case kGroupResource: return alter_group(request, resource.name, how, change);
    default: return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Unknown resource type {}", resource.type)};
  }
}

}  // namespace streamline::handlers
