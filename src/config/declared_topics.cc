// Parses the list of topics to be made.
#include "config/declared_topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::size_t kMostNumbers = 2;  // partitions, replicas

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t colon = text.find(':');
    parts.push_back(trimmed(text.substr(0, colon)));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail(Errc::invalid_config,
              fmt::format("{}: {}; expected NAME[:PARTITIONS[:REPLICAS]][:POLICY], such as orders:3 or users:1:compact", text, why));
}

std::optional<std::string> policy_of(std::string_view word) {
  if (word == "delete" || word == "compact") return std::string(word);
  if (word == "compact+delete" || word == "delete+compact") return "compact,delete";
  return std::nullopt;
}

}  // namespace

Result<DeclaredTopic> parse_declared_topic(std::string_view text) {
  const std::vector<std::string_view> parts = parts_of(text);
  DeclaredTopic topic;
  topic.name = parts.front();
  if (topic.name.empty()) return refuse(text, "no name");
  std::int32_t* const numbers[kMostNumbers] = {&topic.partitions, &topic.replication};
  std::size_t numbers_given = 0;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::optional<std::int64_t> number = parse_integer(parts[i]);
    if (number && topic.cleanup_policy.empty() && numbers_given < kMostNumbers) {
      const bool fits = *number == -1 || (*number >= 1 && *number <= std::numeric_limits<std::int32_t>::max());
      if (!fits) return refuse(text, fmt::format("{} is no number of partitions or replicas", parts[i]));
      *numbers[numbers_given++] = static_cast<std::int32_t>(*number);
      continue;
    }
    const std::optional<std::string> policy = policy_of(parts[i]);
    if (!policy || i + 1 != parts.size()) return refuse(text, fmt::format("{} is neither a number nor a cleanup policy", parts[i]));
    topic.cleanup_policy = *policy;
  }
  if (topic.replication > 1) return refuse(text, "this is a single node, so a topic has one replica");
  return topic;
}

Result<std::vector<DeclaredTopic>> declared_topics(const Properties& properties) {
  const Setting* setting = properties.find("topics");
  const std::string origin = setting == nullptr ? "" : setting->origin + ": ";
  std::vector<DeclaredTopic> topics;
  for (const std::string& entry : properties.list("topics")) {
    Result<DeclaredTopic> topic = parse_declared_topic(entry);
    if (!topic) return fail(topic.error().code, fmt::format("{}topics: {}", origin, topic.error().text));
    const bool twice = std::ranges::any_of(topics, [&topic](const DeclaredTopic& other) { return other.name == topic->name; });
    if (twice) return fail(Errc::invalid_config, fmt::format("{}topics: {} stands twice", origin, topic->name));
    topics.push_back(*std::move(topic));
  }
  return topics;
}

}  // namespace streamline::config
