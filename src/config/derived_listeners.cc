// The usual compose file says KAFKA_ADVERTISED_LISTENERS and no more; the images it was written for conclude the rest, as this does.
#include "config/derived_listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/listener.h"

namespace streamline::config {

namespace {

constexpr std::string_view kListeners = "listeners";
constexpr std::string_view kAdvertised = "advertised.listeners";

bool has_name(const std::vector<Listener>& listeners, const std::string& name) {
  return std::ranges::any_of(listeners, [&name](const Listener& listener) { return listener.name == name; });
}

bool is_for_others(const std::vector<Listener>& listeners) {
  return std::ranges::any_of(listeners, [](const Listener& listener) { return !listener.is_loopback(); });
}

}  // namespace

std::optional<Setting> derive_listeners(const Properties& properties) {
  const Setting* told = properties.find(kAdvertised);
  if (told == nullptr) return std::nullopt;
  const auto advertised = parse_listeners(told->value);
  if (!advertised || advertised->empty()) return std::nullopt;

  const Setting* set = properties.find(kListeners);
  const auto given = parse_listeners(set == nullptr ? "" : std::string_view(set->value));
  if (!given) return std::nullopt;
  if (set != nullptr) {
    const bool names_all = std::ranges::all_of(*advertised, [&](const Listener& one) { return has_name(*given, one.name); });
    if (names_all || set->source >= told->source) return std::nullopt;
  }

  // One address for others means that they are to get in: on a container's own loopback a mapped port finds nobody.
  const bool everywhere = is_for_others(*advertised) || is_for_others(*given);
  std::string list;
  for (Listener listener : *advertised) {
    if (everywhere) listener.host = "0.0.0.0";
    list += (list.empty() ? "" : ",") + to_string(listener);
  }
  return Setting{list, told->source, fmt::format("derived from {}", told->origin)};
}

}  // namespace streamline::config
