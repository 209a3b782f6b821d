// ApiVersions (key 18), versions 0 to 4: which APIs and versions are served. Features come with what they stand for.
#include "wire/messages/api_versions.h"

#include <algorithm>

#include "broker/broker.h"
#include "handlers/decode.h"
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

}  // namespace

void api_versions(Request& request) {
  const broker::Api& self = *request.broker().find_api(static_cast<std::int16_t>(wire::ApiKey::api_versions));
  if (request.version() < self.min_version || request.version() > self.max_version) return reply_unsupported(request, self);
  const auto message = decode<wire::ApiVersionsRequest>(request);
  if (!message) return;
  Response response;
  if (request.version() >= 3 &&
      !(is_software_text(message->client_software_name) && is_software_text(message->client_software_version))) {
    response.error_code = static_cast<std::int16_t>(ErrorCode::invalid_request);
    return request.reply(response);
  }
  const broker::ApiTable apis = request.broker().apis();
  response.api_keys = request.arena().make_array<Response::ApiVersion>(apis.size());
  for (std::size_t i = 0; i < apis.size(); ++i) {
    response.api_keys[i].api_key = static_cast<std::int16_t>(apis[i].key);
    response.api_keys[i].min_version = apis[i].advertised_min_version;
    response.api_keys[i].max_version = apis[i].max_version;
  }
  request.reply(response);
}

}  // namespace streamline::handlers
