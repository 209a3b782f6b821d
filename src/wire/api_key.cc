// Look-ups in the generated table of APIs.
#include "wire/api_key.h"

#include <algorithm>

namespace streamline::wire {

const ApiVersions* find_api(std::int16_t key) {
  const auto* at = std::ranges::lower_bound(kApis, static_cast<ApiKey>(key), {}, &ApiVersions::key);
  return at != kApis.end() && at->key == static_cast<ApiKey>(key) ? at : nullptr;
}

std::string_view to_string(ApiKey key) {
  const ApiVersions* api = find_api(static_cast<std::int16_t>(key));
  return api != nullptr ? api->name : "unknown";
}

std::int16_t request_header_version(const ApiVersions& api, std::int16_t version) { return version >= api.flexible_from ? 2 : 1; }

std::int16_t response_header_version(const ApiVersions& api, std::int16_t version) {
  return version >= api.flexible_from && api.key != ApiKey::api_versions ? 1 : 0;
}

}  // namespace streamline::wire
