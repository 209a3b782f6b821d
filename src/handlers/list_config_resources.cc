// ListConfigResources (key 74), versions 0 and 1: which resources there are that can have configs; v0 asks for client metrics alone. Groups
// and client metrics subscriptions are listed that have configs.
#include "wire/messages/list_config_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "handlers/config_resource.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::ListConfigResourcesRequest;
using Response = wire::ListConfigResourcesResponse;
using Resource = Response::ConfigResource;
using wire::ErrorCode;

constexpr std::array kKnownTypes = {kTopicResource, kBrokerResource, kBrokerLoggerResource, kClientMetricsResource, kGroupResource};
/// From this version on the request says which types it asks for.
constexpr std::int16_t kFirstWithTypes = 1;

class Listing {
 public:
  Listing(Request& request, std::span<const std::int8_t> asked) : request_(request), asked_(asked) {}

  std::span<Resource> all() {
    if (asks_for(kGroupResource)) {
      for (const auto& [group, configs] : *request_.broker().group_configs().snapshot()) add(group, kGroupResource);
    }
    if (asks_for(kClientMetricsResource)) {
      for (const auto& [name, configs] : *request_.broker().client_metrics().snapshot()) add(name, kClientMetricsResource);
    }
    for (const std::int8_t type : {kBrokerLoggerResource, kBrokerResource}) {
      if (asks_for(type)) add(fmt::format("{}", request_.broker().node_id()), type);
    }
    if (asks_for(kTopicResource)) {
      request_.broker().catalog().snapshot()->for_each([this](const catalog::Topic& topic) { add(topic.name, kTopicResource); });
    }
    const std::span<Resource> listed = request_.arena().make_array<Resource>(resources_.size());
    std::ranges::copy(resources_, listed.begin());
    return listed;
  }

 private:
  bool asks_for(std::int8_t type) const { return asked_.empty() || std::ranges::find(asked_, type) != asked_.end(); }
  void add(std::string_view name, std::int8_t type) {
    Resource& added = resources_.emplace_back();
    added.resource_name = request_.arena().copy(name);
    added.resource_type = type;
  }

  Request& request_;
  const std::span<const std::int8_t> asked_;
  std::vector<Resource> resources_;
};

}  // namespace

void list_config_resources(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  const auto is_unknown = [](std::int8_t type) { return std::ranges::find(kKnownTypes, type) == kKnownTypes.end(); };
  if (std::ranges::any_of(message->resource_types, is_unknown)) {
    response.error_code = static_cast<std::int16_t>(ErrorCode::unsupported_version);
  } else {
    // Version 0 knows of client metrics subscriptions only.
    constexpr std::array kOnlyClientMetrics = {kClientMetricsResource};
    const auto types = request.version() >= kFirstWithTypes ? message->resource_types : std::span<const std::int8_t>(kOnlyClientMetrics);
    response.config_resources = Listing(request, types).all();
  }
  request.reply(response);
}

}  // namespace streamline::handlers
