// Changing a topic's configs, giving it more partitions, and deleting its oldest records.
#include "topics/topic_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "client/admin.h"
#include "client/offset_spec.h"
#include "commands.h"
#include "confirm.h"
#include "output/table.h"
#include "tally.h"

namespace streamline::cli {

namespace {

struct AlterOptions {
  std::string name;
  std::vector<std::string> configs;
  std::vector<std::string> deleted;
  bool dry_run = false;
};

struct GrowOptions {
  std::string name;
  std::int32_t total = 0;
  std::int32_t more = 0;
  bool dry_run = false;
};

struct TrimOptions {
  std::string name;
  std::vector<std::int32_t> partitions;
  std::string before;
  bool yes = false;
  bool dry_run = false;
};

constexpr std::array kAlterKeys = {
    Column{"topic", "", "name"},
    Column{"status", "", "altered, or would be altered"},
    Column{"configs[].name", "", "key that was changed"},
    Column{"configs[].value", "", "value that holds now"},
    Column{"configs[].source", "", "topic, broker, default-broker, static-broker or default"},
};
constexpr std::array kGrowKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"status", "STATUS", "grown, or would be grown"},
    Column{"partitions", "PARTITIONS", "how many from now on", Type::integer},
    Column{"partitions_before", "BEFORE", "how many there were", Type::integer},
};
constexpr std::array kTrimKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"partition", "PARTITION", "number", Type::integer},
    Column{"log_start_offset", "LOG-START-OFFSET", "first record that is left; on a dry run, that would be left", Type::integer},
};

ExitCode alter(Session& session, const AlterOptions& options) {
  auto configs = parse_configs("--config", options.configs);
  if (!configs) return complain_usage(configs.error().text);
  std::vector<client::ConfigChange> changes;
  for (auto& [key, value] : *configs) changes.push_back({.name = key, .value = value});
  for (const std::string& key : options.deleted) changes.push_back({.name = key, .value = std::nullopt});
  if (changes.empty()) return complain_usage("nothing to alter: add --config key=value or --delete-config key");
  const client::Resource topic{.kind = client::ResourceKind::topic, .name = options.name};
  const Status altered =
      client::alter_configs(*session.cluster, topic, changes, options.dry_run ? client::Change::only_check : client::Change::make);
  if (!altered) return complain(altered.error());
  auto now = client::describe_configs(*session.cluster, topic);
  if (!now) return complain(now.error());
  Json json = Json::array();
  Table table({"CONFIG", "VALUE", "SOURCE"});
  for (const auto& config : *now) {
    const auto changed = [&](const client::ConfigChange& change) { return change.name == config.name; };
    if (std::ranges::none_of(changes, changed)) continue;
    table.add({config.name, config.value.value_or(""), config.source});
    json.push_back({{"name", config.name}, {"value", config.value ? Json(*config.value) : Json(nullptr)}, {"source", config.source}});
  }
  const Json document{{"topic", options.name}, {"status", options.dry_run ? "would be altered" : "altered"}, {"configs", std::move(json)}};
  return finish(session, document, table.text(session.paint));
}

ExitCode grow(Session& session, const GrowOptions& options) {
  if ((options.total > 0) == (options.more > 0)) return complain_usage("say how many: --to TOTAL or --add MORE, and not both");
  auto topic = session.cluster->topic(options.name);
  if (!topic) return complain(topic.error());
  const auto before = static_cast<std::int32_t>((*topic)->partitions.size());
  const std::int32_t total = options.total > 0 ? options.total : before + options.more;
  const Status grown =
      client::create_partitions(*session.cluster, options.name, total, options.dry_run ? client::Change::only_check : client::Change::make);
  if (!grown) return complain(grown.error());
  Listing listing(kGrowKeys);
  listing.add({options.name, options.dry_run ? "would be grown" : "grown", total, before});
  return finish(session, listing);
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
Result<Offset> trim_one(Session& session, const client::TopicPartition& of, const client::OffsetSpec& before, client::Change change) {
  const bool is_end = before.kind == client::OffsetSpec::Kind::end;
  if (is_end && change == client::Change::make) return client::delete_records(*session.cluster, of, std::nullopt);
  auto offset = client::resolve(*session.cluster, of, before);
  if (!offset || change == client::Change::only_check) return offset;
  return client::delete_records(*session.cluster, of, *offset);
}

ExitCode trim(Session& session, const TrimOptions& options) {
  auto before = client::parse_offset_spec(options.before, wall_clock_ms());
  if (!before) return complain_usage(fmt::format("--before: {}", before.error().text));
  auto partitions = partitions_of(session, options);
  if (!partitions) return complain(partitions.error());
  const std::string question = fmt::format("Delete the records of {} before {} in partition {}, for good?", options.name, options.before,
                                           fmt::join(*partitions, ", "));
  if (!options.yes && !options.dry_run) {
    if (const auto refused = refused_by_user("topics trim", question)) return *refused;
  }
  Tally tally;
  Listing listing(kTrimKeys);
  for (const std::int32_t partition : *partitions) {
    auto start = trim_one(session, {.topic = options.name, .partition = partition}, *before,
                          options.dry_run ? client::Change::only_check : client::Change::make);
    tally.count(start ? ExitCode::ok : complain(start.error()));
    if (start) listing.add({options.name, partition, start->value});
  }
  return finish_after(tally.code(), session, listing);
}

void add_grow(CLI::App& topics, Session& session) {
  const auto [command, options] =
      add_command<GrowOptions>(topics, session, {"add-partitions", "Give a topic more partitions", {.keys = kGrowKeys}}, grow);
  command->add_option("topic", options->name, "name")->required();
  command->add_option("--to", options->total, "how many it is to have")->check(CLI::Range(1, 1'000'000));
  command->add_option("--add", options->more, "how many it is to have more")->check(CLI::Range(1, 1'000'000));
  command->add_flag("--dry-run", options->dry_run, "let the broker check, and change nothing");
  command->footer(
      "Records that are there stay where they are; keys go to other partitions from now on.\n\n"
      "Examples:\n  streamline-cli topics add-partitions orders --to 12\n  streamline-cli topics add-partitions orders --add 3\n"
      "  streamline-cli topics add-partitions orders --to 12 --dry-run");
}

void add_trim(CLI::App& topics, Session& session) {
  const auto [command, options] =
      add_command<TrimOptions>(topics, session, {"trim", "Delete the oldest records", {.keys = kTrimKeys}}, trim);
  command->alias("delete-records");
  command->add_option("topic", options->name, "name")->required();
  command->add_option("-p,--partition", options->partitions, "partition (all of them without it)")
      ->allow_extra_args(false)
      ->check(CLI::NonNegativeNumber);
  command->add_option("--before", options->before, "first record that stays: an offset, end, -N from the end, or @time")->required();
  command->add_flag("-y,--yes", options->yes, "do not ask");
  command->add_flag("--dry-run", options->dry_run, "show where the log would begin, and delete nothing");
  command->footer(
      "Examples:\n  streamline-cli topics trim orders --before @-1h\n  streamline-cli topics trim orders -p 0 --before 1000 --yes\n"
      "  streamline-cli topics trim orders --before -100 --dry-run");
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
  const auto [command, options] = add_command<AlterOptions>(
      topics, session, {"alter", "Change configs; in force at once", {.shape = Shape::document, .keys = kAlterKeys}}, alter);
  command->add_option("topic", options->name, "name")->required();
  command->add_option("-c,--config", options->configs, "key=value, any number of times")->allow_extra_args(false);
  command->add_option("--delete-config", options->deleted, "key that falls back to the broker's value")->allow_extra_args(false);
  command->add_flag("--dry-run", options->dry_run, "let the broker check, and change nothing");
  command->footer(
      "Examples:\n  streamline-cli topics alter orders -c retention.ms=600000\n"
      "  streamline-cli topics alter orders --delete-config retention.ms\n"
      "  streamline-cli topics alter orders -c cleanup.policy=compact --dry-run");
  add_grow(topics, session);
  add_trim(topics, session);
}

}  // namespace streamline::cli
