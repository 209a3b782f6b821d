// The family profile: list, show, set, unset, use, delete.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "client/address.h"
#include "client/offset_spec.h"
#include "commands.h"
#include "profile/profiles.h"
#include "suggestion.h"
#include "topics/topic_changes.h"

namespace streamline::cli {

namespace {

struct NoOptions {};
struct NameOptions {
  std::string name;
};
struct SetOptions {
  std::string name;
  std::vector<std::string> values;
};
struct UnsetOptions {
  std::string name;
  std::vector<std::string> keys;
};

constexpr std::array kListKeys = {
    Column{"profile", "PROFILE", "name"},
    Column{"current", "CURRENT", "whether it is in use", Type::boolean},
    Column{"bootstrap", "BOOTSTRAP", "brokers; null where it says nothing", Type::text_or_null},
};
constexpr std::array kShowKeys = {
    Column{"key", "KEY", "global flag"},
    Column{"value", "VALUE", "its value where the line and the environment say nothing"},
};

Result<Profiles> load() { return load_profiles(profiles_path()); }

/// Names become sections of a file.
Status check_name(const std::string& name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  if (!name.empty() && name != "profile" && name.find_first_not_of(kAllowed) == std::string::npos) return {};
  return fail(Errc::invalid_argument, fmt::format("'{}' is no name for a profile; use letters, digits, - and _", name));
}

Status check_value(const std::string& key, const std::string& value) {
  const auto& keys = profile_keys();
  if (std::ranges::find(keys, key) == keys.end())
    return fail(Errc::invalid_argument,
                fmt::format("a profile has no '{}'{}; its keys are {}", key, suggestion(key, keys), fmt::join(keys, ", ")));
  if (key == "bootstrap") {
    auto parsed = client::parse_bootstrap(value);
    return parsed ? Status{} : fail_with(std::move(parsed));
  }
  if (key == "request-timeout") {
    auto parsed = client::parse_duration(value);
    return parsed ? Status{} : fail_with(std::move(parsed));
  }
  if (key == "output") {
    auto parsed = parse_output(value, Shape::listing);
    return parsed ? Status{} : fail_with(std::move(parsed));
  }
  return {};
}

ExitCode missing(const Profiles& all, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, profile] : all.profiles) names.push_back(known);
  return complain({.code = Errc::not_found, .text = fmt::format("there is no profile '{}'{}", name, suggestion(name, names))});
}

ExitCode store(const Profiles& all) {
  const Status stored = store_profiles(profiles_path(), all);
  return stored ? ExitCode::ok : complain(stored.error());
}

ExitCode list(Session& session, const NoOptions&) {
  auto all = load();
  if (!all) return complain(all.error());
  Listing listing(kListKeys);
  for (const auto& [name, profile] : all->profiles) {
    const auto bootstrap = profile.find("bootstrap");
    listing.add({name, name == all->current, bootstrap == profile.end() ? Json(nullptr) : Json(bootstrap->second)});
  }
  return finish(session, listing);
}

ExitCode show(Session& session, const NameOptions& options) {
  auto profile = profile_in_force(options.name);
  if (!profile) return complain(profile.error());
  Listing listing(kShowKeys);
  for (const auto& [key, value] : *profile) listing.add({key, value});
  return finish(session, listing);
}

ExitCode set(Session&, const SetOptions& options) {
  if (auto named = check_name(options.name); !named) return complain_usage(named.error().text);
  auto values = parse_configs("value", options.values);
  if (!values) return complain_usage(values.error().text);
  auto all = load();
  if (!all) return complain(all.error());
  for (const auto& [key, value] : *values) {
    if (auto good = check_value(key, value); !good) return complain_usage(good.error().text);
    all->profiles[options.name][key] = value;
  }
  if (all->current.empty()) all->current = options.name;
  return store(*all);
}

ExitCode unset(Session&, const UnsetOptions& options) {
  auto all = load();
  if (!all) return complain(all.error());
  const auto profile = all->profiles.find(options.name);
  if (profile == all->profiles.end()) return missing(*all, options.name);
  for (const std::string& key : options.keys) {
    if (profile->second.erase(key) == 0)
      return complain({.code = Errc::not_found, .text = fmt::format("profile '{}' has no '{}'", options.name, key)});
  }
  return store(*all);
}

ExitCode use(Session&, const NameOptions& options) {
  auto all = load();
  if (!all) return complain(all.error());
  if (!all->profiles.contains(options.name)) return missing(*all, options.name);
  all->current = options.name;
  return store(*all);
}

ExitCode remove(Session&, const NameOptions& options) {
  auto all = load();
  if (!all) return complain(all.error());
  if (all->profiles.erase(options.name) == 0) return missing(*all, options.name);
  if (all->current == options.name) all->current.clear();
  return store(*all);
}

}  // namespace

void add_profile(CLI::App& app, Session& session) {
  constexpr CommandFacts kSilent{.shape = Shape::text, .brokers = Brokers::unused};
  CLI::App* family = app.add_subcommand("profile", "Keep global flags under names")->alias("profiles");
  family->footer(
      "Examples:\n  streamline-cli profile set work bootstrap=broker1:9092,broker2:9092\n  streamline-cli profile use work\n"
      "  streamline-cli --profile home topics list");
  const auto listing =
      add_command<NoOptions>(*family, session, {"list", "List profiles", {.keys = kListKeys, .brokers = Brokers::unused}}, list);
  listing.app->footer("Examples:\n  streamline-cli profile list\n  streamline-cli profile list -o name");
  const auto shown = add_command<NameOptions>(
      *family, session, {"show", "Show what holds for this run", {.keys = kShowKeys, .brokers = Brokers::unused}}, show);
  shown.app->add_option("name", shown.options->name, "profile (the one in use without it)");
  shown.app->footer(
      "A file .streamline.toml in this folder or above it says more: profile, or values that go before the profile's.\n\n"
      "Examples:\n  streamline-cli profile show\n  streamline-cli profile show work -o json");
  const auto setting =
      add_command<SetOptions>(*family, session, {"set", "Set values of a profile, which is made where it is missing", kSilent}, set);
  setting.app->add_option("name", setting.options->name, "profile")->required();
  setting.app->add_option("value", setting.options->values, "key=value: bootstrap, output, client-id, request-timeout")->required();
  setting.app->footer(
      "Examples:\n  streamline-cli profile set work bootstrap=broker1:9092\n  streamline-cli profile set work output=wide client-id=ops");
  const auto unsetting = add_command<UnsetOptions>(*family, session, {"unset", "Take values off a profile", kSilent}, unset);
  unsetting.app->add_option("name", unsetting.options->name, "profile")->required();
  unsetting.app->add_option("key", unsetting.options->keys, "keys")->required();
  unsetting.app->footer("Examples:\n  streamline-cli profile unset work output");
  const auto using_it = add_command<NameOptions>(*family, session, {"use", "Make a profile the one in use", kSilent}, use);
  using_it.app->add_option("name", using_it.options->name, "profile")->required();
  using_it.app->footer("Examples:\n  streamline-cli profile use work");
  const auto removed = add_command<NameOptions>(*family, session, {"delete", "Delete a profile", kSilent}, remove);
  removed.app->add_option("name", removed.options->name, "profile")->required();
  removed.app->footer("Examples:\n  streamline-cli profile delete work");
}

}  // namespace streamline::cli
