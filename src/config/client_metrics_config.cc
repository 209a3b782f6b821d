// Checks what a client sets on a client metrics subscription, describes it, and parses it.
#include "config/client_metrics_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/property_tables.h"
#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::int64_t kShortestIntervalMs = 100;
constexpr std::int64_t kLongestIntervalMs = 3'600'000;
constexpr std::string_view kInterval = "interval.ms";
constexpr std::string_view kMatch = "match";
constexpr std::string_view kMetrics = "metrics";

constexpr Property kKeys[] = {
    {.name = kInterval, .type = Type::int32, .unit = "ms", .default_value = "300000", .text = "How often the clients push their metrics."},
    {.name = kMatch,
     .type = Type::list,
     .default_value = "",
     .text = "Which clients: regular expressions for client_id, client_instance_id, client_software_name, client_software_version, "
             "client_source_address and client_source_port, all of which have to match. Empty: every client."},
    {.name = kMetrics, .type = Type::list, .default_value = "", .text = "Prefixes of the names of metrics; * for all of them."},
};

const Property* find_key(std::string_view name) {
  const auto* found = std::ranges::find(kKeys, name, &Property::name);
  return found == std::end(kKeys) ? nullptr : found;
}

std::optional<std::vector<ClientPattern>> parse_patterns(std::string_view text) {
  std::vector<ClientPattern> patterns;
  for (const std::string& element : split_list(text)) {
    const std::size_t equals = element.find('=');
    if (equals == std::string::npos) return std::nullopt;
    ClientPattern pattern{std::string(trimmed(std::string_view(element).substr(0, equals))),
                          std::string(trimmed(std::string_view(element).substr(equals + 1)))};
    if (std::ranges::find(kClientPatternKeys, pattern.what) == std::end(kClientPatternKeys)) return std::nullopt;
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

Status check_one(std::string_view key, std::string_view value) {
  if (Status checked = check_value(*find_key(key), value); !checked) return checked;
  if (key == kMatch && !parse_patterns(value)) {
    return fail(Errc::invalid_config, fmt::format("Illegal client matching pattern: {}", value));
  }
  if (key != kInterval) return {};
  const std::int64_t interval_ms = parse_integer(value).value_or(0);
  if (interval_ms >= kShortestIntervalMs && interval_ms <= kLongestIntervalMs) return {};
  return fail(Errc::invalid_argument, fmt::format("Invalid value {} for {}, interval must be between {} and {} (1 hour)", value, kInterval,
                                                  kShortestIntervalMs, kLongestIntervalMs));
}

std::string_view value_of(const ClientMetricsMap& configs, std::string_view key) {
  const auto own = configs.find(key);
  return own != configs.end() && check_one(key, own->second) ? std::string_view(own->second) : find_key(key)->default_value.value_or("");
}

}  // namespace

std::span<const Property> client_metrics_keys() { return kKeys; }

Result<ClientMetricsMap> change_client_metrics(const ClientMetricsMap& now, std::span<const ConfigChange> changes, const Properties&) {
  const auto no_lists = [](std::string_view) -> const Property* { return nullptr; };
  auto after = apply_changes(now, changes, {.find = no_lists});
  if (!after) return after;
  for (const ConfigChange& change : changes) {
    const auto set = after->find(change.name);
    if (set == after->end() || change.operation == ConfigOperation::remove) continue;
    if (find_key(change.name) == nullptr) {
      return fail(Errc::invalid_argument, fmt::format("Unknown client metrics configuration: {}", change.name));
    }
    if (Status checked = check_one(set->first, set->second); !checked) return fail_with(std::move(checked));
  }
  return after;
}

std::vector<DescribedConfig> describe_client_metrics(const ClientMetricsMap& configs) {
  std::vector<DescribedConfig> all;
  for (const Property& property : kKeys) {
    DescribedConfig& config = all.emplace_back();
    config.property = &property;
    const auto own = configs.find(property.name);
    config.value = own != configs.end() ? own->second : std::string(property.default_value.value_or(""));
    if (own == configs.end()) continue;
    config.source = ConfigSource::dynamic_client_metrics;
    config.synonyms.push_back({std::string(property.name), config.value, config.source});
  }
  return all;
}

ClientMetricsOptions client_metrics_options(const ClientMetricsMap& configs) {
  return {.interval_ms = parse_integer(value_of(configs, kInterval)).value_or(kLongestIntervalMs),
          .metrics = split_list(value_of(configs, kMetrics)),
          .patterns = parse_patterns(value_of(configs, kMatch)).value_or(std::vector<ClientPattern>())};
}

}  // namespace streamline::config
