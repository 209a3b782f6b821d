// Levels of components from the configuration.
#include "config/log_settings.h"

#include <catch2/catch.hpp>

namespace streamline::config {
namespace {

Result<LogSettings> settings_of(std::string levels) {
  Properties properties;
  REQUIRE(properties.set("log.levels", {.value = std::move(levels), .source = Source::flag, .origin = "-X log.levels"}));
  return log_settings(properties);
}

TEST_CASE("level and format follow the properties") {
  Properties properties;
  for (const auto& [key, value] : {std::pair{"log.level", "debug"}, std::pair{"log.format", "json"}, std::pair{"log.repeat.limit", "0"}}) {
    REQUIRE(properties.set(key, {.value = value, .source = Source::file, .origin = "a:1"}));
  }
  const Result<LogSettings> settings = log_settings(properties);
  REQUIRE(settings);
  CHECK(settings->level == log::Level::debug);
  CHECK(settings->format == log::Format::json);
  CHECK(settings->repeat_limit == 0);
}

TEST_CASE("components may have levels of their own") {
  const Result<LogSettings> settings = settings_of("storage:debug, net : warn");
  REQUIRE(settings);
  CHECK(settings->level == log::Level::info);
  CHECK(settings->component_levels ==
        std::vector<std::pair<std::string, log::Level>>{{"storage", log::Level::debug}, {"net", log::Level::warn}});
}

TEST_CASE("an unknown component or level is refused with those that there are") {
  CHECK(settings_of("storge:debug").error().text.starts_with("-X log.levels: log.levels: storge:debug: the components are "));
  CHECK(settings_of("storage:loud").error().text.ends_with("the level is one of debug, info, warn, error"));
  CHECK(settings_of("storage").error().text.ends_with("expected COMPONENT:LEVEL"));
}

TEST_CASE("applied settings hold for the next line") {
  LogSettings settings;
  settings.level = log::Level::error;
  settings.component_levels = {{"storage", log::Level::debug}};
  settings.repeat_limit = 50;
  apply_levels(settings);
  apply_rest(settings);
  CHECK(log::enabled(log::Level::debug, "storage"));
  CHECK_FALSE(log::enabled(log::Level::warn, "net"));
  settings = LogSettings{};
  settings.repeat_limit = 50;
  apply_levels(settings);
  apply_rest(settings);
  CHECK_FALSE(log::enabled(log::Level::debug, "storage"));
}

}  // namespace
}  // namespace streamline::config
