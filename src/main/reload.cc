// What SIGHUP changes: the log, and topics that were added to those that are declared.
#include "main/reload.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "config/declared_topics.h"
#include "config/log_settings.h"
#include "config/property.h"

namespace streamline::main_program {

namespace {

constexpr std::string_view kLive[] = {"log.level", "log.levels", "log.format", "log.repeat.limit", "topics"};

bool is_live(const config::Property& property) { return std::ranges::find(kLive, property.name) != std::end(kLive); }

/// Names of the properties of that kind with another value in `b` than in `a`.
template <class Kind>
std::vector<std::string_view> differing(const config::Properties& a, const config::Properties& b, Kind is_of_kind) {
  std::vector<std::string_view> names;
  for (const config::Property* property : config::broker_properties()) {
    if (!property->alias_of.empty() || !is_of_kind(*property)) continue;
    if (a.text(property->name) != b.text(property->name)) names.push_back(property->name);
  }
  return names;
}

}  // namespace

void Reload::run(embedded::Instance& instance) {
  auto loaded = config::load(request_);
  if (!loaded) {
    log::error("config", "not reloaded, everything stays as it was cause={}", loaded.error().text);
    return;
  }
  // The loader has checked both.
  const auto log_settings = config::log_settings(loaded->properties);
  const auto topics = config::declared_topics(loaded->properties);
  if (!log_settings || !topics) return;
  const auto changed = differing(current_, loaded->properties, is_live);
  const auto waiting = differing(started_, loaded->properties, [](const config::Property& property) { return !is_live(property); });
  config::apply(*log_settings);
  current_ = std::move(loaded->properties);
  if (const Status made = instance.declare_topics(*topics); !made)
    log::error("catalog", "a declared topic was not made cause={}", made.error().text);
  if (!waiting.empty()) log::warn("config", "changed, and takes effect with the next start keys={}", fmt::join(waiting, ","));
  log::info("config", "reloaded changed={}", changed.empty() ? "(nothing)" : fmt::format("{}", fmt::join(changed, ",")));
}

}  // namespace streamline::main_program
