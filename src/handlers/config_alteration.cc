// Altering one resource.
#include "handlers/config_alteration.h"

#include <fmt/format.h>

#include <charconv>

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
    const Status checked = configs.check(name, change);
    return checked ? std::nullopt : refusal(checked.error());
  }
  if (const Status changed = configs.change(name, change); !changed) return refusal(changed.error());
  request.broker().groups().configs_changed(name);
  return std::nullopt;
}

/// The one broker by its number, or, by the empty name, all of them.
std::optional<AlterationRefusal> alter_broker(broker::Request& request, std::string_view name, Alter how, const ConfigAlteration& change) {
  if (const auto problem = broker_name_problem(name, request.broker().node_id())) return problem;
  // However it was written: "01" is 1.
  const std::string kept = name.empty() ? std::string() : fmt::format("{}", request.broker().node_id());
  auto& configs = request.broker().broker_configs();
  const Status done = how == Alter::check_only ? configs.check(kept, change) : configs.change(kept, change);
  if (!done) return refusal(done.error());
  if (how == Alter::write) request.broker().reconfigure();
  return std::nullopt;
}

std::optional<AlterationRefusal> alter_client_metrics(broker::Request& request, std::string_view name, Alter how,
                                                      const ConfigAlteration& change) {
  if (name.empty()) return AlterationRefusal{ErrorCode::invalid_request, "Subscription name can't be empty"};
  auto& configs = request.broker().client_metrics();
  const auto checked = [&](const config::TopicConfigMap& now) -> Result<config::TopicConfigMap> {
    auto after = change(now);
    if (!after || after->empty()) return after;
    if (Status fits = broker::ClientTelemetry::check(name, *after, *configs.snapshot()); !fits) return fail_with(std::move(fits));
    return after;
  };
  const Status done = how == Alter::check_only ? configs.check(name, checked) : configs.change(name, checked);
  if (!done) return refusal(done.error());
  if (how == Alter::write) request.broker().client_metrics_changed();
  return std::nullopt;
}

}  // namespace

std::optional<AlterationRefusal> broker_name_problem(std::string_view name, std::int32_t node_id) {
  if (name.empty()) return std::nullopt;
  std::int32_t id = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc() || end != name.data() + name.size()) {
    return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Node id must be an integer, but it is: {}", name)};
  }
  if (id == node_id) return std::nullopt;
  return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Unexpected broker id, expected {}, but received {}", node_id, name)};
}

std::optional<AlterationRefusal> alter(broker::Request& request, const AlteredResource& resource, Alter how,
                                       const ConfigAlteration& change) {
  switch (resource.type) {
    case kTopicResource: return alter_topic(request, resource.name, how, change);
    case kBrokerResource: return alter_broker(request, resource.name, how, change);
    case kClientMetricsResource: return alter_client_metrics(request, resource.name, how, change);
    case kGroupResource: return alter_group(request, resource.name, how, change);
    default: return AlterationRefusal{ErrorCode::invalid_request, fmt::format("Unknown resource type {}", resource.type)};
  }
}

}  // namespace streamline::handlers
