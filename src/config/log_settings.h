// Levels of the log as the configuration writes them: one for all, and COMPONENT:LEVEL for some.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/properties.h"

namespace streamline::config {

struct LogSettings {
  log::Level level = log::Level::info;
  std::vector<std::pair<std::string, log::Level>> component_levels;
  log::Format format = log::Format::text;
  std::uint32_t repeat_limit = 0;
};

/// log.level, log.levels, log.format and log.repeat.limit. invalid_config: an unknown component or level; the text names those there are.
Result<LogSettings> log_settings(const Properties& properties);
/// Both take effect with the next line. Levels are apart because clients may have set others meanwhile (broker loggers).
void apply_levels(const LogSettings& settings);
void apply_rest(const LogSettings& settings);

}  // namespace streamline::config
