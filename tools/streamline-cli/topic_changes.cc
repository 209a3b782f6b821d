// Changing a topic's configs, and deleting its oldest records.
#include "topic_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "client/admin.h"
#include "client/offset_spec.h"
#include "confirm.h"
#include "table.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;

struct AlterOptions {
  std::string name;
  std::vector<std::string> configs;
  std::vector<std::string> deleted;
};

struct TrimOptions {
  std::string name;
  std::vector<std::int32_t> partitions;
  std::string before;
  bool yes = false;
};

ExitCode alter(Session& session, const AlterOptions& options) {
  auto configs = parse_configs("--config", options.configs);
  if (!configs) return complain_usage(configs.error().text);
  std::vector<client::ConfigChange> changes;
  for (auto& [key, value] : *configs) changes.push_back({.name = key, .value = value});
  for (const std::string& key : options.deleted) changes.push_back({.name = key, .value = std::nullopt});
  if (changes.empty()) return complain_usage("nothing to alter: add --config key=value or --delete-config key");
  if (Status altered = client::alter_topic_configs(*session.cluster, options.name, changes); !altered) return complain(altered.error());
  auto now = client::topic_configs(*session.cluster, options.name);
  if (!now) return complain(now.error());
  Json json = Json::array();
  Table table({"CONFIG", "VALUE", "SOURCE"});
  for (const auto& config : *now) {
    const auto changed = [&](const client::ConfigChange& change) { return change.name == config.name; };
    if (std::ranges::none_of(changes, changed)) continue;
    table.add({config.name, config.value.value_or(""), config.source});
    json.push_back({{"name", config.name}, {"value", config.value ? Json(*config.value) : Json(nullptr)}, {"source", config.source}});
  }
  if (session.output != Output::json) return finish(table.text());
  return finish(Json{{"topic", options.name}, {"status", "altered"}, {"configs", std::move(json)}}.dump(2) + "\n");
}

Result<std::vector<std::int32_t>> partitions_of(Session& session, const TrimOptions& options) {
  if (!options.partitions.empty()) return options.partitions;
  auto topic = session.cluster->topic(options.name);
  if (!topic) return fail_with(std::move(topic));
  std::vector<std::int32_t> all;
  for (const auto& partition : (*topic)->partitions) all.push_back(partition.index);
  return all;
}

/// The log start afterwards.
Result<Offset> trim_one(Session& session, const client::TopicPartition& of, const client::OffsetSpec& before) {
  if (before.kind == client::OffsetSpec::Kind::end) return client::delete_records(*session.cluster, of, std::nullopt);
  auto offset = client::resolve(*session.cluster, of, before);
  if (!offset) return offset;
  return client::delete_records(*session.cluster, of, *offset);
}

ExitCode trim(Session& session, const TrimOptions& options) {
  auto before = client::parse_offset_spec(options.before, wall_clock_ms());
  if (!before) return complain_usage(fmt::format("--before: {}", before.error().text));
  auto partitions = partitions_of(session, options);
  if (!partitions) return complain(partitions.error());
  const std::string question = fmt::format("Delete the records of {} before {} in partition {}, for good?", options.name, options.before,
                                           fmt::join(*partitions, ", "));
  if (!options.yes) {
    if (const auto refused = refused_by_user("topics trim", question)) return *refused;
  }
  Json json = Json::array();
  Table table({"TOPIC", "PARTITION", "LOG-START-OFFSET"});
  ExitCode failed = ExitCode::ok;
  for (const std::int32_t partition : *partitions) {
    auto start = trim_one(session, {.topic = options.name, .partition = partition}, *before);
    if (!start) {
      failed = complain(start.error());
      continue;
    }
    table.add({options.name, std::to_string(partition), std::to_string(start->value)});
    json.push_back({{"topic", options.name}, {"partition", partition}, {"log_start_offset", start->value}});
  }
  if (json.empty()) return failed;
  const ExitCode printed = finish(session.output == Output::json ? json.dump(2) + "\n" : table.text());
  if (printed != ExitCode::ok) return printed;
  return failed == ExitCode::ok ? ExitCode::ok : ExitCode::partly_failed;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> parse_configs(std::string_view flag, const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> configs;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, fmt::format("{} '{}' is not of the form key=value", flag, text));
    configs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return configs;
}

void add_topic_changes(CLI::App& topics, Session& session) {
  CLI::App* alter_command = topics.add_subcommand("alter", "Change configs; in force at once");
  auto alter_options = std::make_shared<AlterOptions>();
  alter_command->add_option("topic", alter_options->name, "name")->required();
  alter_command->add_option("-c,--config", alter_options->configs, "key=value, any number of times")->allow_extra_args(false);
  alter_command->add_option("--delete-config", alter_options->deleted, "key that falls back to the broker's value")
      ->allow_extra_args(false);
  alter_command->callback(
      [&session, alter_options] { session.command = [alter_options](Session& s) { return alter(s, *alter_options); }; });

  CLI::App* trim_command = topics.add_subcommand("trim", "Delete the oldest records")->alias("delete-records");
  auto trim_options = std::make_shared<TrimOptions>();
  trim_command->add_option("topic", trim_options->name, "name")->required();
  trim_command->add_option("-p,--partition", trim_options->partitions, "partition (all of them without it)")
      ->allow_extra_args(false)
      ->check(CLI::NonNegativeNumber);
  trim_command->add_option("--before", trim_options->before, "first record that stays: an offset, end, -N from the end, or @time")
      ->required();
  trim_command->add_flag("-y,--yes", trim_options->yes, "do not ask");
  trim_command->callback([&session, trim_options] { session.command = [trim_options](Session& s) { return trim(s, *trim_options); }; });
}

}  // namespace streamline::cli
