// The family configs: what is set on topics, brokers, groups, client metrics and loggers, and where values come from.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "client/configs.h"
#include "commands.h"
#include "suggestion.h"
#include "topics/topic_changes.h"

namespace streamline::cli {

namespace {

/// The resource that most commands are about.
struct ResourceOptions {
  std::string kind;
  std::string name;
};
struct DescribeOptions {
  ResourceOptions of;
  std::vector<std::string> keys;
  bool only_set = false;
  bool docs = false;
};
struct SetOptions {
  ResourceOptions of;
  std::vector<std::string> configs;
  bool dry_run = false;
};
struct UnsetOptions {
  ResourceOptions of;
  std::vector<std::string> keys;
  bool dry_run = false;
};
struct ListOptions {};

constexpr std::string_view kAllBrokers = "default";

constexpr std::array kListKeys = {
    Column{"name", "NAME", "topic, broker id, group, …"},
    Column{"kind", "KIND", "topic, broker, broker-logger, group or client-metrics"},
};
constexpr std::array kDescribeKeys = {
    Column{"name", "CONFIG", "key"},
    Column{"value", "VALUE", "value that holds; null where it is secret", Type::text_or_null},
    Column{"source", "SOURCE", "where it comes from: the resource itself, default-broker, static-broker or default"},
    Column{"type", "TYPE", "boolean, string, int, short, long, double, list, class or password", Shown::wide},
    Column{"read_only", "READ-ONLY", "whether it can be changed while the broker runs", Type::boolean, Shown::wide},
    Column{"sensitive", "SENSITIVE", "whether its value is kept secret", Type::boolean, Shown::wide},
    Column{"documentation", "", "what the broker says about it", Shown::data},
};
constexpr std::array kChangeKeys = {
    Column{"name", "CONFIG", "key"},
    Column{"status", "STATUS", "set, unset, would be set or would be unset"},
    Column{"value", "VALUE", "the new value; null where it was taken off", Type::text_or_null},
};

Result<client::Resource> resource_of(const ResourceOptions& options) {
  const auto kind = client::resource_kind(options.kind);
  if (!kind) {
    const std::vector<std::string> kinds = {"topic", "broker", "broker-logger", "group", "client-metrics"};
    return fail(Errc::invalid_argument, fmt::format("'{}' has no configs{}; choose one of {}", options.kind,
                                                    suggestion(options.kind, kinds), fmt::join(kinds, ", ")));
  }
  const bool all_brokers = *kind == client::ResourceKind::broker && options.name == kAllBrokers;
  return client::Resource{.kind = *kind, .name = all_brokers ? "" : options.name};
}

ExitCode list(Session& session, const ListOptions&) {
  auto resources = client::list_config_resources(*session.cluster);
  if (!resources) return complain(resources.error());
  Listing listing(kListKeys);
  for (const auto& resource : *resources) listing.add({resource.name, client::to_string(resource.kind)});
  return finish(session, listing);
}

/// A key that was asked for and is not there, with the nearest that is.
ExitCode complain_unknown_key(const std::string& key, const std::vector<client::ConfigEntry>& entries) {
  std::vector<std::string> known;
  for (const auto& entry : entries) known.push_back(entry.name);
  return complain({.code = Errc::not_found, .text = fmt::format("there is no config '{}'{}", key, suggestion(key, known))});
}

std::string docs_text(const std::vector<client::ConfigEntry>& entries) {
  std::string text;
  for (const auto& entry : entries) {
    text += fmt::format("{}{} ({}) = {}\n    {}\n", text.empty() ? "" : "\n", entry.name, entry.type,
                        entry.sensitive ? "(secret)" : entry.value.value_or("null"), entry.documentation);
  }
  return text;
}

ExitCode describe(Session& session, const DescribeOptions& options) {
  auto of = resource_of(options.of);
  if (!of) return complain_usage(of.error().text);
  auto entries = client::describe_configs(*session.cluster, *of);
  if (!entries) return complain(entries.error());
  for (const std::string& key : options.keys) {
    if (std::ranges::find(*entries, key, &client::ConfigEntry::name) == entries->end()) return complain_unknown_key(key, *entries);
  }
  std::erase_if(*entries, [&](const client::ConfigEntry& entry) {
    if (!options.keys.empty() && std::ranges::find(options.keys, entry.name) == options.keys.end()) return true;
    return options.only_set && (entry.source == "default" || entry.source == "static-broker" || entry.source == "default-broker");
  });
  if (options.docs && session.output == Output::plain) return finish(docs_text(*entries));
  Listing listing(kDescribeKeys);
  for (const auto& entry : *entries) {
    listing.add({entry.name, entry.value ? Json(*entry.value) : Json(nullptr), entry.source,
                 entry.type.empty() ? Json(nullptr) : Json(entry.type), entry.read_only, entry.sensitive,
                 entry.documentation.empty() ? Json(nullptr) : Json(entry.documentation)});
  }
  return finish(session, listing);
}

ExitCode change(Session& session, const ResourceOptions& resource, const std::vector<client::ConfigChange>& changes, client::Change how) {
  auto of = resource_of(resource);
  if (!of) return complain_usage(of.error().text);
  if (const Status altered = client::alter_configs(*session.cluster, *of, changes, how); !altered) return complain(altered.error());
  Listing listing(kChangeKeys);
  for (const auto& one : changes) {
    const std::string done = one.value ? "set" : "unset";
    listing.add({one.name, how == client::Change::make ? done : "would be " + done, one.value ? Json(*one.value) : Json(nullptr)});
  }
  return finish(session, listing);
}

ExitCode set(Session& session, const SetOptions& options) {
  auto configs = parse_configs("config", options.configs);
  if (!configs) return complain_usage(configs.error().text);
  std::vector<client::ConfigChange> changes;
  for (auto& [key, value] : *configs) changes.push_back({.name = key, .value = value});
  return change(session, options.of, changes, options.dry_run ? client::Change::only_check : client::Change::make);
}

ExitCode unset(Session& session, const UnsetOptions& options) {
  std::vector<client::ConfigChange> changes;
  for (const std::string& key : options.keys) changes.push_back({.name = key, .value = std::nullopt});
  return change(session, options.of, changes, options.dry_run ? client::Change::only_check : client::Change::make);
}

void add_resource(CLI::App& command, ResourceOptions& options) {
  command.add_option("kind", options.kind, "topic, broker, broker-logger, group or client-metrics")->required();
  command.add_option("name", options.name, "which one; of brokers its id, or default for all of them")->required();
}

}  // namespace

void add_configs(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("configs", "List, describe, set and unset configs of topics, brokers and groups")->alias("config");
  family->footer(
      "Examples:\n  streamline-cli configs describe topic orders --set\n  streamline-cli configs set topic orders retention.ms=600000\n"
      "  streamline-cli configs unset broker default log.cleaner.threads");
  const auto [listing, unused] =
      add_command<ListOptions>(*family, session, {"list", "List what has configs of its own", {.keys = kListKeys}}, list);
  static_cast<void>(unused);
  listing->footer("Examples:\n  streamline-cli configs list\n  streamline-cli configs list -o json");
  const auto [describing, described] = add_command<DescribeOptions>(
      *family, session, {"describe", "Show values and where they come from", {.keys = kDescribeKeys}}, describe);
  add_resource(*describing, described->of);
  describing->add_option("key", described->keys, "keys (all of them without any)");
  describing->add_flag("--set", described->only_set, "only what was set on the resource itself");
  describing->add_flag("--docs", described->docs, "with what the broker says about each");
  describing->footer(
      "Examples:\n  streamline-cli configs describe topic orders\n  streamline-cli configs describe broker 1 log.dirs -o wide\n"
      "  streamline-cli configs describe topic orders retention.ms --docs");
  const auto [setting, to_set] =
      add_command<SetOptions>(*family, session, {"set", "Set configs; all of them or none", {.keys = kChangeKeys}}, set);
  add_resource(*setting, to_set->of);
  setting->add_option("config", to_set->configs, "key=value, any number of times")->required();
  setting->add_flag("--dry-run", to_set->dry_run, "let the broker check, and set nothing");
  setting->footer(
      "Examples:\n  streamline-cli configs set topic orders retention.ms=600000\n"
      "  streamline-cli configs set group billing consumer.session.timeout.ms=50000\n"
      "  streamline-cli configs set topic orders cleanup.policy=compact --dry-run");
  const auto [unsetting, to_unset] = add_command<UnsetOptions>(
      *family, session, {"unset", "Take off what was set; the default holds again", {.keys = kChangeKeys}}, unset);
  add_resource(*unsetting, to_unset->of);
  unsetting->add_option("key", to_unset->keys, "keys")->required();
  unsetting->add_flag("--dry-run", to_unset->dry_run, "let the broker check, and take off nothing");
  unsetting->footer(
      "Examples:\n  streamline-cli configs unset topic orders retention.ms\n"
      "  streamline-cli configs unset broker default log.cleaner.threads --dry-run");
}

}  // namespace streamline::cli
