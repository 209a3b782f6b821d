// Reads and applies the settings of the log.
#include "config/log_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "config/values.h"

namespace streamline::config {

namespace {

std::optional<log::Level> level_of(std::string_view name) {
  if (name == "debug") return log::Level::debug;
  if (name == "info") return log::Level::info;
  if (name == "warn") return log::Level::warn;
  if (name == "error") return log::Level::error;
  return std::nullopt;
}

std::unexpected<Error> refuse(const Properties& properties, std::string_view entry, std::string why) {
  const Setting* setting = properties.find("log.levels");
  return fail(Errc::invalid_config, fmt::format("{}log.levels: {}: {}", setting == nullptr ? "" : setting->origin + ": ", entry, why));
}

}  // namespace

Result<LogSettings> log_settings(const Properties& properties) {
  LogSettings settings;
  // The table allows these four words and no other.
  settings.level = level_of(properties.string("log.level")).value_or(log::Level::info);
  settings.format = properties.string("log.format") == "json" ? log::Format::json : log::Format::text;
  settings.repeat_limit = static_cast<std::uint32_t>(properties.int32("log.repeat.limit"));
  for (const std::string& entry : properties.list("log.levels")) {
    const std::size_t colon = entry.find(':');
    if (colon == std::string::npos) return refuse(properties, entry, "expected COMPONENT:LEVEL");
    const std::string component(trimmed(std::string_view(entry).substr(0, colon)));
    const std::optional<log::Level> level = level_of(trimmed(std::string_view(entry).substr(colon + 1)));
    if (!level) return refuse(properties, entry, "the level is one of debug, info, warn, error");
    if (std::ranges::find(log::components(), component) == log::components().end()) {
      return refuse(properties, entry, fmt::format("the components are {}", fmt::join(log::components(), ", ")));
    }
    settings.component_levels.emplace_back(component, *level);
  }
  return settings;
}

void apply_levels(const LogSettings& settings) {
  log::set_level(settings.level);
  for (const auto& [component, level] : settings.component_levels) log::set_level(component, level);
}

void apply_rest(const LogSettings& settings) {
  log::set_format(settings.format);
  log::set_repeat_limit(settings.repeat_limit);
}

}  // namespace streamline::config
