// The family quotas: list, set, unset.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "client/quotas.h"
#include "commands.h"
#include "suggestion.h"
#include "topics/topic_changes.h"

namespace streamline::cli {

namespace {

struct ListOptions {};
struct EntityOptions {
  std::optional<std::string> user;
  std::optional<std::string> client;
  std::optional<std::string> ip;
};
struct SetOptions {
  EntityOptions of;
  std::vector<std::string> values;
  bool dry_run = false;
};
struct UnsetOptions {
  EntityOptions of;
  std::vector<std::string> keys;
  bool dry_run = false;
};

/// Whoever has no quota of his own.
constexpr std::string_view kEverybody = "default";

constexpr std::array kListKeys = {
    Column{"entity", "ENTITY", "for whom: user=…, client-id=…, ip=…, with commas between them; default stands for all others"},
    Column{"key", "QUOTA",
           "producer_byte_rate, consumer_byte_rate, request_percentage, controller_mutation_rate or connection_creation_rate"},
    Column{"value", "VALUE", "a second; request_percentage in percent of a thread", Type::number},
};
constexpr std::array kChangeKeys = {
    Column{"entity", "ENTITY", "for whom"},
    Column{"key", "QUOTA", "what was changed"},
    Column{"status", "STATUS", "set, unset, would be set or would be unset"},
    Column{"value", "VALUE", "the new value; null where it was taken off", Type::number_or_null},
};

std::string entity_text(const client::QuotaEntity& entity) {
  std::string text;
  for (const auto& [type, name] : entity)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", type, name.value_or(std::string(kEverybody)));
  return text;
}

/// A whole number without a fraction, as long as it is told exactly.
Json value_json(double value) {
  constexpr double kMostExact = 0x1p53;
  if (!(std::abs(value) <= kMostExact) || value != std::floor(value)) return Json(value);
  return Json(static_cast<std::int64_t>(value));
}

Result<client::QuotaEntity> entity_of(const EntityOptions& options) {
  client::QuotaEntity entity;
  const auto put = [&](const char* type, const std::optional<std::string>& name) {
    if (name) entity[type] = *name == kEverybody ? std::nullopt : name;
  };
  put("user", options.user);
  put("client-id", options.client);
  put("ip", options.ip);
  if (entity.empty()) return fail(Errc::invalid_argument, "say for whom: --user, --client or --ip, with a name or default");
  return entity;
}

ExitCode list(Session& session, const ListOptions&) {
  auto quotas = client::list_quotas(*session.cluster);
  if (!quotas) return complain(quotas.error());
  Listing listing(kListKeys);
  for (const auto& quota : *quotas) {
    for (const auto& [key, value] : quota.values) listing.add({entity_text(quota.entity), key, value_json(value)});
  }
  return finish(session, listing);
}

ExitCode change(Session& session, const EntityOptions& of, const std::vector<client::QuotaChange>& changes, client::Change how) {
  auto entity = entity_of(of);
  if (!entity) return complain_usage(entity.error().text);
  if (const Status altered = client::alter_quota(*session.cluster, *entity, changes, how); !altered) return complain(altered.error());
  Listing listing(kChangeKeys);
  for (const auto& one : changes) {
    const std::string done = one.value ? "set" : "unset";
    listing.add({entity_text(*entity), one.key, how == client::Change::make ? done : "would be " + done,
                 one.value ? value_json(*one.value) : Json(nullptr)});
  }
  return finish(session, listing);
}

ExitCode set(Session& session, const SetOptions& options) {
  auto values = parse_configs("quota", options.values);
  if (!values) return complain_usage(values.error().text);
  std::vector<client::QuotaChange> changes;
  for (const auto& [key, text] : *values) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
      return complain_usage(fmt::format("quota {}: '{}' is no number", key, text));
    changes.push_back({.key = key, .value = number});
  }
  return change(session, options.of, changes, options.dry_run ? client::Change::only_check : client::Change::make);
}

ExitCode unset(Session& session, const UnsetOptions& options) {
  std::vector<client::QuotaChange> changes;
  for (const std::string& key : options.keys) changes.push_back({.key = key, .value = std::nullopt});
  return change(session, options.of, changes, options.dry_run ? client::Change::only_check : client::Change::make);
}

void add_entity(CLI::App& command, EntityOptions& options) {
  command.add_option("--user", options.user, "for this user, or default for all others");
  command.add_option("--client", options.client, "for this client id, or default for all others");
  command.add_option("--ip", options.ip, "for this address, or default for all others");
}

}  // namespace

void add_quotas(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("quotas", "List, set and unset what clients may use a second")->alias("quota");
  family->footer("Examples:\n  streamline-cli quotas list\n  streamline-cli quotas set --client etl producer_byte_rate=1048576");
  const auto listing = add_command<ListOptions>(*family, session, {"list", "List quotas", {.keys = kListKeys}}, list);
  listing.app->footer("Examples:\n  streamline-cli quotas list\n  streamline-cli quotas list -o json");
  const auto setting = add_command<SetOptions>(*family, session, {"set", "Set quotas", {.keys = kChangeKeys}}, set);
  add_entity(*setting.app, setting.options->of);
  setting.app->add_option("quota", setting.options->values, "key=number, any number of times")->required();
  setting.app->add_flag("--dry-run", setting.options->dry_run, "let the broker check, and set nothing");
  setting.app->footer(
      "Keys: producer_byte_rate, consumer_byte_rate, request_percentage, controller_mutation_rate; of --ip connection_creation_rate.\n\n"
      "Examples:\n  streamline-cli quotas set --client etl producer_byte_rate=1048576\n"
      "  streamline-cli quotas set --client default consumer_byte_rate=10485760 --dry-run");
  const auto unsetting = add_command<UnsetOptions>(*family, session, {"unset", "Take quotas off", {.keys = kChangeKeys}}, unset);
  add_entity(*unsetting.app, unsetting.options->of);
  unsetting.app->add_option("key", unsetting.options->keys, "keys")->required();
  unsetting.app->add_flag("--dry-run", unsetting.options->dry_run, "let the broker check, and take off nothing");
  unsetting.app->footer("Examples:\n  streamline-cli quotas unset --client etl producer_byte_rate");
}

}  // namespace streamline::cli
