// The levels of features: the table's, or what was set.
#include "handlers/features.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace streamline::handlers {

namespace {

std::optional<std::int64_t> number(const catalog::NamedConfig& configs, std::string_view key) {
  const auto found = configs.find(key);
  if (found == configs.end()) return std::nullopt;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

const Feature* find_feature(std::string_view name) {
  const auto* found = std::ranges::find(kFeatures, name, &Feature::name);
  return found == kFeatures.end() ? nullptr : found;
}

std::int16_t level_of(const Feature& feature, const catalog::NamedConfigTable& levels) {
  const auto set = levels.find(feature.name);
  if (set == levels.end()) return feature.level;
  const std::int64_t level = number(set->second, kLevelKey).value_or(feature.level);
  return level < feature.lowest || level > feature.highest ? feature.level : static_cast<std::int16_t>(level);
}

std::int64_t epoch_of(const catalog::NamedConfigTable& levels) {
  std::int64_t epoch = 0;
  for (const auto& [name, configs] : levels) epoch = std::max(epoch, number(configs, kEpochKey).value_or(0));
  return epoch;
}

}  // namespace streamline::handlers
