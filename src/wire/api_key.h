// Kafka's API keys, with the versions and header formats that the schemas know.
#pragma once

#include "wire/messages/api_keys.h"

namespace streamline::wire {

/// The API's row in kApis; null for a key that no schema has.
const ApiVersions* find_api(std::int16_t key);
/// Kafka's name, e.g. "ListOffsets".
std::string_view to_string(ApiKey key);

/// 1 or 2 (flexible). Version numbers beyond the schema's count as flexible where the API is, so that the header of a newer
/// client's ApiVersions request can be read (rule 2).
std::int16_t request_header_version(const ApiVersions& api, std::int16_t version);
/// 0 or 1 (flexible); always 0 for ApiVersions, so that a client that does not know the broker yet can read it (rule 3).
std::int16_t response_header_version(const ApiVersions& api, std::int16_t version);

}  // namespace streamline::wire
