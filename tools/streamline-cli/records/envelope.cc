// Key by key, each with its own complaint.
#include "records/envelope.h"

#include <fmt/format.h>

#include <limits>

#include "output/json.h"
#include "output/text.h"

namespace streamline::cli {

namespace {

Result<std::optional<std::string>> content_of(const Json& value, std::string_view where, Contents contents = Contents::bytes) {
  if (value.is_null()) return std::nullopt;
  if (contents == Contents::json) return value.dump();
  if (value.is_string()) return value.get<std::string>();
  const bool is_base64 = value.is_object() && value.size() == 1 && value.contains("base64");
  if (!is_base64) return value.dump();
  const Json& text = value["base64"];
  if (!text.is_string()) return fail(Errc::malformed, fmt::format("\"{}\": \"base64\" is no text", where));
  auto bytes = from_base64(text.get_ref<const std::string&>());
  if (!bytes) return fail(Errc::malformed, fmt::format("\"{}\": {}", where, bytes.error().text));
  return *std::move(bytes);
}

Status put_header(Envelope& envelope, const std::string& key, const Json& value) {
  auto content = content_of(value, "headers");
  if (!content) return fail_with(std::move(content));
  envelope.headers.emplace_back(key, *std::move(content));
  return {};
}

Status put_headers(Envelope& envelope, const Json& headers) {
  if (headers.is_object()) {
    for (const auto& item : headers.items()) {
      if (auto put = put_header(envelope, item.key(), item.value()); !put) return put;
    }
    return {};
  }
  if (!headers.is_array()) return headers.is_null() ? Status{} : fail(Errc::malformed, "\"headers\" is neither a list nor an object");
  for (const Json& header : headers) {
    const bool whole = header.is_object() && header.contains("key") && header.contains("value");
    if (!whole) return fail(Errc::malformed, "\"headers\" holds something that has no \"key\" and \"value\"");
    auto key = content_of(header["key"], "headers");
    if (!key) return fail_with(std::move(key));
    if (!*key) return fail(Errc::malformed, "\"headers\" holds a key that is null");
    if (auto put = put_header(envelope, **key, header["value"]); !put) return put;
  }
  return {};
}

Result<std::optional<std::int64_t>> whole_number(const Json& json, const char* key, std::int64_t most) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  const bool good = found->is_number_integer() && found->get<std::int64_t>() >= -1 && found->get<std::int64_t>() <= most;
  if (!good) return fail(Errc::malformed, fmt::format("\"{}\" is no whole number", key));
  if (found->get<std::int64_t>() < 0) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace

Result<Envelope> parse_envelope(std::string_view line, Contents keys, Contents values) {
  auto parsed = parse_json(line);
  if (!parsed) return fail_with(std::move(parsed));
  const Json& json = parsed->value;
  if (!json.is_object()) return fail(Errc::malformed, "the JSON is no object");
  Envelope envelope;
  auto partition = whole_number(json, "partition", std::numeric_limits<std::int32_t>::max());
  if (!partition) return fail_with(std::move(partition));
  if (*partition) envelope.partition = static_cast<std::int32_t>(**partition);
  auto timestamp = whole_number(json, "timestamp", std::numeric_limits<std::int64_t>::max());
  if (!timestamp) return fail_with(std::move(timestamp));
  envelope.timestamp = *timestamp;
  if (const auto key = json.find("key"); key != json.end()) {
    auto content = content_of(*key, "key", keys);
    if (!content) return fail_with(std::move(content));
    envelope.key = *std::move(content);
  }
  if (const auto value = json.find("value"); value != json.end()) {
    auto content = content_of(*value, "value", values);
    if (!content) return fail_with(std::move(content));
    envelope.value = *std::move(content);
  }
  if (const auto headers = json.find("headers"); headers != json.end()) {
    if (auto put = put_headers(envelope, *headers); !put) return fail_with(std::move(put));
  }
  return envelope;
}

}  // namespace streamline::cli
