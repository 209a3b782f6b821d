// Reads and writes metadata.json.
#include "catalog/topic_file.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "catalog/catalog.h"
#include "catalog/json_text.h"

namespace streamline::catalog {

namespace {

using Json = nlohmann::json;

/// The member as a whole number in [least, most].
Result<std::int64_t> whole_number(const Json& object, const char* key, std::int64_t least, std::int64_t most) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return fail(Errc::malformed, fmt::format("\"{}\" is not a whole number", key));
  const bool too_large =
      found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::int64_t value = too_large ? std::numeric_limits<std::int64_t>::max() : found->get<std::int64_t>();
  if (too_large || value < least || value > most) return fail(Errc::malformed, fmt::format("\"{}\" is out of range", key));
  return value;
}

Result<TopicId> topic_id(const Json& object) {
  const auto found = object.find("id");
  if (found == object.end() || !found->is_string()) return fail(Errc::malformed, "\"id\" is not a text");
  Result<TopicId> id = Uuid::parse(found->get_ref<const std::string&>());
  if (!id || id->is_zero()) return fail(Errc::malformed, "\"id\" is not a topic id");
  return id;
}

Result<config::TopicConfigMap> configs_of(const Json& object) {
  config::TopicConfigMap configs;
  const auto found = object.find("configs");
  if (found == object.end() || !found->is_object()) return fail(Errc::malformed, "\"configs\" is not an object");
  for (const auto& [key, value] : found->items()) {
    if (!value.is_string()) return fail(Errc::malformed, fmt::format("config \"{}\" is not a text", key));
    configs.emplace(key, value.get<std::string>());
  }
  return configs;
}

}  // namespace

std::string write_topic_file(const Topic& topic) {
  Json object = {{"format", kTopicFileFormat},
                 {"id", topic.id.to_string()},
                 {"partitions", topic.partition_count},
                 {"created", topic.created_ms},
                 {"configs", Json::object()}};
  for (const auto& [key, value] : topic.configs) object["configs"][key] = value;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Topic> read_topic_file(std::string_view text) {
  const Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded() || !object.is_object()) return fail(Errc::malformed, json_problem(text));
  Result<std::int64_t> format = whole_number(object, "format", 1, std::numeric_limits<std::int32_t>::max());
  if (!format) return fail_with(std::move(format));
  if (*format != kTopicFileFormat)
    return fail(Errc::unsupported, fmt::format("format {}; this version knows {}", *format, kTopicFileFormat));
  Result<TopicId> id = topic_id(object);
  if (!id) return fail_with(std::move(id));
  Result<std::int64_t> partitions = whole_number(object, "partitions", 1, kMaxPartitionsPerTopic);
  if (!partitions) return fail_with(std::move(partitions));
  Result<std::int64_t> created =
      whole_number(object, "created", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  if (!created) return fail_with(std::move(created));
  Result<config::TopicConfigMap> configs = configs_of(object);
  if (!configs) return fail_with(std::move(configs));

  Topic topic;
  topic.id = *id;
  topic.partition_count = static_cast<std::int32_t>(*partitions);
  topic.created_ms = *created;
  topic.configs = *std::move(configs);
  return topic;
}

}  // namespace streamline::catalog
