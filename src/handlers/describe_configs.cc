// DescribeConfigs (key 32), versions 0 to 4: every key of topics, groups, this broker and its loggers, with value, source, type, synonyms
// and text.
#include "wire/messages/describe_configs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/broker.h"
#include "config/broker_config.h"
#include "config/client_metrics_config.h"
#include "config/group_config.h"
#include "handlers/broker_loggers.h"
#include "handlers/config_alteration.h"
#include "handlers/config_resource.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeConfigsRequest;
using Response = wire::DescribeConfigsResponse;
using Entry = Response::DescribeConfigsResourceResult;
using wire::ErrorCode;

std::optional<std::string_view> copy(Arena& arena, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return arena.copy(*text);
}

void describe_entry(Request& request, const Message& message, const config::DescribedConfig& from, Entry& to) {
  Arena& arena = request.arena();
  to.name = from.property->name;
  to.value = copy(arena, from.value);
  to.read_only = from.read_only;
  to.config_source = static_cast<std::int8_t>(from.source);
  to.is_default = from.source == config::ConfigSource::default_config;
  to.is_sensitive = from.sensitive;
  to.config_type = config::wire_type(from.property->type);
  to.documentation.reset();
  if (message.include_documentation) to.documentation = from.property->text;
  if (!message.include_synonyms) return;
  to.synonyms = arena.make_array<Response::DescribeConfigsSynonym>(from.synonyms.size());
  for (std::size_t i = 0; i < from.synonyms.size(); ++i) {
    to.synonyms[i].name = arena.copy(from.synonyms[i].name);
    to.synonyms[i].value = copy(arena, from.synonyms[i].value);
    to.synonyms[i].source = static_cast<std::int8_t>(from.synonyms[i].source);
  }
}

struct Resource {
  const Message::DescribeConfigsResource& asked;
  Response::DescribeConfigsResult& answer;
};

void fill(Request& request, const Message& message, const std::vector<config::DescribedConfig>& all, const Resource& resource) {
  const auto& keys = resource.asked.configuration_keys;
  auto entries = request.arena().make_array<Entry>(all.size());
  std::size_t count = 0;
  for (const auto& described : all) {
    // No list, or an empty one, asks for every key.
    if (keys && !keys->empty() && std::find(keys->begin(), keys->end(), described.property->name) == keys->end()) continue;
    describe_entry(request, message, described, entries[count++]);
  }
  resource.answer.configs = entries.first(count);
}

void refuse(const Resource& resource, ErrorCode code, std::string_view text) {
  resource.answer.error_code = static_cast<std::int16_t>(code);
  resource.answer.error_message = text;
}

void describe_topic(Request& request, const Message& message, const Resource& resource) {
  const std::string_view name = resource.asked.resource_name;
  if (!catalog::check_topic_name(name)) return refuse(resource, ErrorCode::invalid_topic_exception, "not a valid topic name");
  const auto topic = request.broker().catalog().snapshot()->share(name);
  if (topic == nullptr) return refuse(resource, ErrorCode::unknown_topic_or_partition, "no such topic");
  fill(request, message, config::describe_topic(topic->configs, *request.broker().properties()), resource);
}

void describe_broker(Request& request, const Message& message, const Resource& resource) {
  const std::string_view name = resource.asked.resource_name;
  if (const auto problem = broker_name_problem(name, request.broker().node_id())) {
    return refuse(resource, ErrorCode::invalid_request, request.arena().copy(problem->text));
  }
  const auto properties = request.broker().properties();
  // The empty name stands for what is set on all brokers.
  fill(request, message, name.empty() ? config::describe_broker_defaults(*properties) : config::describe_broker(*properties), resource);
}

/// Of a group that nobody knows too: what is set on it waits for it.
void describe_group(Request& request, const Message& message, const Resource& resource) {
  const std::string_view name = resource.asked.resource_name;
  if (name.empty()) return refuse(resource, ErrorCode::invalid_request, "Group name must not be empty");
  const auto configs = request.broker().group_configs().snapshot();
  const auto own = configs->find(name);
  const config::GroupConfigMap nothing;
  fill(request, message, config::describe_group(own == configs->end() ? nothing : own->second, *request.broker().properties()), resource);
}

void describe_client_metrics(Request& request, const Message& message, const Resource& resource) {
  const std::string_view name = resource.asked.resource_name;
  if (name.empty()) return refuse(resource, ErrorCode::invalid_request, "Client metrics subscription name must not be empty");
  const auto configs = request.broker().client_metrics().snapshot();
  const auto own = configs->find(name);
  fill(request, message, config::describe_client_metrics(own == configs->end() ? config::ClientMetricsMap() : own->second), resource);
}

void describe_loggers(Request& request, const Resource& resource) {
  if (const auto problem = logger_owner_problem(resource.asked.resource_name, request.broker().node_id())) {
    return refuse(resource, ErrorCode::invalid_request, request.arena().copy(problem->text));
  }
  const auto& keys = resource.asked.configuration_keys;
  const auto loggers = broker_loggers();
  auto entries = request.arena().make_array<Entry>(loggers.size());
  std::size_t count = 0;
  for (const BrokerLogger& logger : loggers) {
    if (keys && !keys->empty() && std::find(keys->begin(), keys->end(), logger.name) == keys->end()) continue;
    Entry& entry = entries[count++];
    entry.name = logger.name;
    entry.value = logger.level;
    entry.config_source = static_cast<std::int8_t>(config::ConfigSource::dynamic_broker_logger);
    entry.documentation = "";
  }
  resource.answer.configs = entries.first(count);
}

}  // namespace

void describe_configs(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  response.results = request.arena().make_array<Response::DescribeConfigsResult>(message->resources.size());
  std::set<std::pair<std::int8_t, std::string_view>> seen;
  std::size_t count = 0;
  for (const auto& asked : message->resources) {
    // A resource that is asked for twice is answered once, so that an answer is bounded by what there is.
    if (!seen.emplace(asked.resource_type, asked.resource_name).second) continue;
    const Resource resource{.asked = asked, .answer = response.results[count++]};
    resource.answer.resource_type = resource.asked.resource_type;
    resource.answer.resource_name = resource.asked.resource_name;
    resource.answer.error_message.reset();
    switch (resource.asked.resource_type) {
      case kTopicResource: describe_topic(request, *message, resource); break;
      case kBrokerResource: describe_broker(request, *message, resource); break;
      case kBrokerLoggerResource: describe_loggers(request, resource); break;
      case kClientMetricsResource: describe_client_metrics(request, *message, resource); break;
      case kGroupResource: describe_group(request, *message, resource); break;
      default: refuse(resource, ErrorCode::invalid_request, "configs of this type of resource are not kept here");
    }
  }
  response.results = response.results.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
