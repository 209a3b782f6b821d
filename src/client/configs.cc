// DescribeConfigs, IncrementalAlterConfigs, ListConfigResources.
#include "client/configs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

#include "wire/messages/describe_configs.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/list_config_resources.h"

namespace streamline::client {

namespace {

constexpr std::int8_t kSet = 0;
constexpr std::int8_t kRemove = 1;

struct KindWord {
  ResourceKind kind;
  std::string_view word;
};
constexpr std::array kKinds = {KindWord{ResourceKind::topic, "topic"}, KindWord{ResourceKind::broker, "broker"},
                               KindWord{ResourceKind::group, "group"}, KindWord{ResourceKind::client_metrics, "client-metrics"},
                               KindWord{ResourceKind::broker_logger, "broker-logger"}};

std::string_view source_name(std::int8_t source) {
  switch (source) {
    case 1: return "topic";
    case 2: return "broker";
    case 3: return "default-broker";
    case 4: return "static-broker";
    case 5: return "default";
    case 6: return "broker-logger";
    case 7: return "client-metrics";
    case 8: return "group";
    default: return "unknown";
  }
}

std::string type_name(std::int8_t type) {
  constexpr std::array<std::string_view, 10> kTypes = {"",     "boolean", "string", "int",   "short",
                                                       "long", "double",  "list",   "class", "password"};
  const auto at = static_cast<std::size_t>(type);
  return type > 0 && at < kTypes.size() ? std::string(kTypes[at]) : std::string();
}

std::string doing(const Resource& of) {
  if (of.kind == ResourceKind::topic) return fmt::format("configs of topic '{}'", of.name);
  return fmt::format("configs of {} '{}'", to_string(of.kind), of.name);
}

/// A broker answers for its own configs; any other resource anybody answers for.
Attempt<Connection*> holder_of(Cluster& cluster, const Resource& of) {
  std::int32_t node = -1;
  const bool is_broker = of.kind == ResourceKind::broker || of.kind == ResourceKind::broker_logger;
  const char* const end = of.name.data() + of.name.size();
  if (!is_broker || of.name.empty() || std::from_chars(of.name.data(), end, node).ptr != end) return cluster.any();
  return cluster.broker(NodeId(node));
}

std::unexpected<Failure> unanswered(std::string_view api) {
  return std::unexpected(Failure{.error = {Errc::malformed, fmt::format("{} was not answered for what was asked", api)}});
}

/// A topic that is not there does not come by asking on.
Failure final_if_missing(Failure failure) {
  failure.retriable = failure.retriable && failure.error.code != Errc::not_found;
  return failure;
}

Attempt<std::vector<ConfigEntry>> describe_once(Cluster& cluster, const Resource& of) {
  auto broker = holder_of(cluster, of);
  if (!broker) return std::unexpected(std::move(broker).error());
  wire::DescribeConfigsRequest::DescribeConfigsResource resource;
  resource.resource_type = static_cast<std::int8_t>(of.kind);
  resource.resource_name = of.name;
  resource.configuration_keys = std::nullopt;
  wire::DescribeConfigsRequest request;
  request.resources = std::span(&resource, 1);
  request.include_documentation = true;
  auto reply = (*broker)->call<wire::DescribeConfigsResponse>(request);
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  if ((*reply)->results.size() != 1) return unanswered("DescribeConfigs");
  const auto& answer = (*reply)->results[0];
  if (answer.error_code != 0) return std::unexpected(final_if_missing(broker_failure(answer.error_code, doing(of), answer.error_message)));
  std::vector<ConfigEntry> entries;
  for (const auto& config : answer.configs) {
    std::optional<std::string> value;
    if (config.value) value = std::string(*config.value);
    entries.push_back({.name = std::string(config.name),
                       .value = std::move(value),
                       .source = std::string(source_name(config.config_source)),
                       .sensitive = config.is_sensitive,
                       .read_only = config.read_only,
                       .type = type_name(config.config_type),
                       .documentation = std::string(config.documentation.value_or(""))});
  }
  return entries;
}

Attempt<std::monostate> alter_once(Cluster& cluster, const Resource& of, const std::vector<ConfigChange>& changes, Change change) {
  const bool is_broker = of.kind == ResourceKind::broker || of.kind == ResourceKind::broker_logger;
  auto broker = is_broker ? holder_of(cluster, of) : cluster.controller();
  if (!broker) return std::unexpected(std::move(broker).error());
  std::vector<wire::IncrementalAlterConfigsRequest::AlterableConfig> configs(changes.size());
  for (std::size_t i = 0; i < configs.size(); ++i) {
    configs[i].name = changes[i].name;
    configs[i].config_operation = changes[i].value ? kSet : kRemove;
    if (changes[i].value) {
      configs[i].value = *changes[i].value;
    } else {
      configs[i].value.reset();
    }
  }
  wire::IncrementalAlterConfigsRequest::AlterConfigsResource resource;
  resource.resource_type = static_cast<std::int8_t>(of.kind);
  resource.resource_name = of.name;
  resource.configs = configs;
  wire::IncrementalAlterConfigsRequest request;
  request.resources = std::span(&resource, 1);
  request.validate_only = change == Change::only_check;
  auto reply = (*broker)->call<wire::IncrementalAlterConfigsResponse>(request);
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  if ((*reply)->responses.size() != 1) return unanswered("IncrementalAlterConfigs");
  const auto& answer = (*reply)->responses[0];
  if (answer.error_code == 0) return std::monostate{};
  const std::string what = fmt::format("{} '{}'", to_string(of.kind), of.name);
  return std::unexpected(final_if_missing(broker_failure(answer.error_code, what, answer.error_message)));
}

Attempt<std::vector<Resource>> list_once(Cluster& cluster) {
  auto broker = cluster.any();
  if (!broker) return std::unexpected(std::move(broker).error());
  auto reply = (*broker)->call<wire::ListConfigResourcesResponse>(wire::ListConfigResourcesRequest());
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, "the list of resources with configs"));
  std::vector<Resource> resources;
  for (const auto& resource : (*reply)->config_resources) {
    resources.push_back({.kind = static_cast<ResourceKind>(resource.resource_type), .name = std::string(resource.resource_name)});
  }
  return resources;
}

}  // namespace

std::string_view to_string(ResourceKind kind) {
  const auto found = std::ranges::find(kKinds, kind, &KindWord::kind);
  return found == kKinds.end() ? "unknown" : found->word;
}

std::optional<ResourceKind> resource_kind(std::string_view word) {
  const auto found = std::ranges::find(kKinds, word, &KindWord::word);
  return found == kKinds.end() ? std::nullopt : std::optional(found->kind);
}

Result<std::vector<ConfigEntry>> describe_configs(Cluster& cluster, const Resource& of) {
  const std::string_view topic = of.kind == ResourceKind::topic ? std::string_view(of.name) : "";
  auto entries = cluster.retry(topic, [&] { return describe_once(cluster, of); });
  if (entries) std::ranges::sort(*entries, {}, &ConfigEntry::name);
  return entries;
}

Status alter_configs(Cluster& cluster, const Resource& of, const std::vector<ConfigChange>& changes, Change change) {
  const std::string_view topic = of.kind == ResourceKind::topic ? std::string_view(of.name) : "";
  auto altered = cluster.retry(topic, [&] { return alter_once(cluster, of, changes, change); });
  return altered ? Status{} : fail_with(std::move(altered));
}

Result<std::vector<Resource>> list_config_resources(Cluster& cluster) {
  auto resources = cluster.retry("", [&] { return list_once(cluster); });
  if (resources) {
    std::ranges::sort(*resources, [](const Resource& a, const Resource& b) {
      return std::pair(to_string(a.kind), std::string_view(a.name)) < std::pair(to_string(b.kind), std::string_view(b.name));
    });
  }
  return resources;
}

}  // namespace streamline::client
