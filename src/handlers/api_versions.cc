// ApiVersions (key 18), versions 0 to 4: which APIs, versions and features are served.
#include "wire/messages/api_versions.h"

#include <algorithm>

#include "broker/broker.h"
#include "broker/shard.h"
#include "handlers/decode.h"
#include "handlers/features.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Response = wire::ApiVersionsResponse;
using wire::ErrorCode;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Kafka's pattern for client software names and versions (kafka-rules 5).
bool is_software_text(std::string_view text) {
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

/// An unknown version is answered in version 0, listing this API alone (kafka-rules 4, 14.15).
void reply_unsupported(Request& request, const broker::Api& self) {
  Response response;
  response.error_code = static_cast<std::int16_t>(ErrorCode::unsupported_version);
  response.api_keys = request.arena().make_array<Response::ApiVersion>(1);
  response.api_keys[0].api_key = static_cast<std::int16_t>(self.key);
  response.api_keys[0].min_version = self.min_version;
  response.api_keys[0].max_version = self.max_version;
  request.reply_as(response, 0);
}

/// Before version 4 a client takes a lowest level of 0 for a mistake (kafka-rules 6).
constexpr std::int16_t kFirstWithLowestZero = 4;

void tell_features(Request& request, Response& response) {
  Arena& arena = request.arena();
  response.supported_features = arena.make_array<Response::SupportedFeatureKey>(kFeatures.size());
  response.finalized_features = arena.make_array<Response::FinalizedFeatureKey>(kFeatures.size());
  const auto levels = request.broker().feature_levels().snapshot();
  std::size_t supported = 0;
  std::size_t finalized = 0;
  for (std::size_t i = 0; i < kFeatures.size(); ++i) {
    const Feature& feature = kFeatures[i];
    // A feature at level 0 is off, and Kafka does not name it.
    if (const std::int16_t level = level_of(feature, *levels); level > 0) {
      auto& in_force = response.finalized_features[finalized++];
      in_force.name = feature.name;
      in_force.min_version_level = in_force.max_version_level = level;
    }
    if (feature.lowest == 0 && request.version() < kFirstWithLowestZero) continue;
    auto& told = response.supported_features[supported++];
    told.name = feature.name;
    told.min_version = feature.lowest;
    told.max_version = feature.highest;
  }
  response.supported_features = response.supported_features.first(supported);
  response.finalized_features = response.finalized_features.first(finalized);
  response.finalized_features_epoch = epoch_of(*levels);
}

}  // namespace

void api_versions(Request& request) {
  const broker::Api& self = *request.broker().find_api(static_cast<std::int16_t>(wire::ApiKey::api_versions));
  if (request.version() < self.min_version || request.version() > self.max_version) return reply_unsupported(request, self);
  const auto message = decode<wire::ApiVersionsRequest>(request);
  if (!message) return;
  Response response;
  if (request.version() >= 3 && !(is_software_text(message->client_software_name) && is_software_text(message->client_software_version))) {
    response.error_code = static_cast<std::int16_t>(ErrorCode::invalid_request);
    return request.reply(response);
  }
  if (request.version() >= 3) {
    request.shard().note_software(request.slot(), message->client_software_name, message->client_software_version);
  }
  const broker::ApiTable apis = request.broker().apis();
  response.api_keys = request.arena().make_array<Response::ApiVersion>(apis.size());
  std::size_t told = 0;
  for (const broker::Api& api : apis) {
    if (api.advertised_min_version == broker::kNotAdvertised) continue;
    auto& row = response.api_keys[told++];
    row.api_key = static_cast<std::int16_t>(api.key);
    row.min_version = api.advertised_min_version;
    row.max_version = api.max_version;
  }
  response.api_keys = response.api_keys.first(told);
  tell_features(request, response);
  request.reply(response);
}

}  // namespace streamline::handlers
