// What SIGHUP changes: what the table says may change, the log, and topics that were added to those that are declared.
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

using Names = std::vector<std::string_view>;
enum class Change { now, next_start };

/// Read again here, though no client may set them.
constexpr std::string_view kReadHere[] = {"log.level", "log.levels", "log.format", "log.repeat.limit", "topics"};

Change change_of(const config::Property& property) {
  const bool is_live = property.reloadable || std::ranges::find(kReadHere, property.name) != std::end(kReadHere);
  return is_live ? Change::now : Change::next_start;
}

/// Those of one kind that have another value in `b` than in `a`.
Names differing(const config::Properties& a, const config::Properties& b, Change kind) {
  Names names;
  for (const config::Property* property : config::broker_properties()) {
    if (!property->alias_of.empty() || change_of(*property) != kind) continue;
    if (a.text(property->name) != b.text(property->name)) names.push_back(property->name);
  }
  return names;
}

/// Those that a client has set while the broker runs, which wins over everything that is read here.
Names hidden(const Names& names, const config::Properties& in_force) {
  Names found;
  std::ranges::copy_if(names, std::back_inserter(found), [&in_force](std::string_view name) {
    return in_force.find(config::Layer::this_broker, name) != nullptr || in_force.find(config::Layer::all_brokers, name) != nullptr;
  });
  return found;
}

/// A line for each mistake.
void tell_refusal(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    log::error("config", "not reloaded, everything stays as it was cause={}", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void tell(const Names& changed, const Names& waiting, const config::Properties& in_force) {
  if (const Names under = hidden(changed, in_force); !under.empty()) {
    log::warn("config", "changed, but what clients have set on brokers wins keys={}", fmt::join(under, ","));
  }
  if (!waiting.empty()) log::warn("config", "changed, and takes effect with the next start keys={}", fmt::join(waiting, ","));
  log::info("config", "reloaded changed={}", changed.empty() ? "(nothing)" : fmt::format("{}", fmt::join(changed, ",")));
}

}  // namespace

void Reload::run(embedded::Instance& instance) {
  const auto loaded = config::load(request_);
  if (!loaded) return tell_refusal(loaded.error().text);
  for (const std::string& warning : loaded->warnings) log::warn("config", "{}", warning);
  const Names changed = differing(current_, loaded->properties, Change::now);
  const Names waiting = differing(current_, loaded->properties, Change::next_start);
  config::Properties next = current_;
  for (const std::string_view name : changed) next.adopt(name, loaded->properties);
  const auto log_settings = config::log_settings(next);
  const auto topics = config::declared_topics(next);
  // The loader has checked both.
  if (!log_settings || !topics) return;
  if (!changed.empty()) {
    if (const Status taken = instance.broker().reload(next); !taken) return tell_refusal(taken.error().text);
  }
  current_ = std::move(next);
  // Levels that clients have set stay, unless those of the configuration are others now.
  if (std::ranges::any_of(changed, [](std::string_view name) { return name.starts_with("log.level"); }))
    config::apply_levels(*log_settings);
  config::apply_rest(*log_settings);
  if (const Status made = instance.declare_topics(*topics); !made) {
    log::error("catalog", "a declared topic was not made cause={}", made.error().text);
  }
  tell(changed, waiting, *instance.broker().properties());
}

}  // namespace streamline::main_program
