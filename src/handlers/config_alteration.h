// What AlterConfigs and IncrementalAlterConfigs share: which resources can be altered, and how an alteration is made or only checked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "broker/request.h"
#include "config/topic_config.h"
#include "handlers/refusal.h"
#include "wire/error_code.h"

namespace streamline::handlers {

/// The configs of a topic, a broker or a group as they shall be, from what they are.
using ConfigAlteration = std::function<Result<config::TopicConfigMap>(const config::TopicConfigMap&)>;

enum class Alter : std::uint8_t { check_only, write };

struct AlteredResource {
  std::int8_t type = 0;
  std::string_view name;
};

struct AlterationRefusal {
  wire::ErrorCode code;
  std::string text;
};

/// What is wrong with a broker's name; the empty one stands for all brokers.
std::optional<AlterationRefusal> broker_name_problem(std::string_view name, std::int32_t node_id);

/// Nothing when it was done: durable, and in force for what is appended and read from now on. On the pool only.
std::optional<AlterationRefusal> alter(broker::Request& request, const AlteredResource& resource, Alter how,
                                       const ConfigAlteration& change);

/// One answer for each resource, in order; `alter_one(resource)` gives the refusal of one. A resource that is named twice is refused
/// each time.
template <class Response, class Resources, class AlterOne>
Response alter_all(broker::Request& request, const Resources& resources, AlterOne alter_one) {
  using Answer = typename Response::AlterConfigsResourceResponse;
  std::map<std::pair<std::int8_t, std::string_view>, int> times;
  for (const auto& resource : resources) ++times[{resource.resource_type, resource.resource_name}];
  Response response;
  response.responses = request.arena().make_array<Answer>(resources.size());
  for (std::size_t i = 0; i < resources.size(); ++i) {
    Answer& answer = response.responses[i];
    answer.resource_type = resources[i].resource_type;
    answer.resource_name = resources[i].resource_name;
    answer.error_message.reset();
    if (times[{answer.resource_type, answer.resource_name}] > 1) {
      refuse(request, answer, wire::ErrorCode::invalid_request, "Each resource must appear at most once.");
      continue;
    }
    if (const auto refused = alter_one(resources[i])) refuse(request, answer, refused->code, refused->text);
  }
  return response;
}

}  // namespace streamline::handlers
