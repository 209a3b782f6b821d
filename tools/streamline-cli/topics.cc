// The family topics: list, create, describe, delete; alter and trim are in topic_changes.cc.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/admin.h"
#include "client/offset_spec.h"
#include "commands.h"
#include "confirm.h"
#include "table.h"
#include "tally.h"
#include "topic_changes.h"
#include "topic_description.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;

struct ListOptions {
  bool internal = false;
};

struct CreateOptions {
  std::vector<std::string> names;
  std::int32_t partitions = client::kBrokerDefault;
  std::int16_t replication_factor = static_cast<std::int16_t>(client::kBrokerDefault);
  std::vector<std::string> configs;
};

struct DeleteOptions {
  std::vector<std::string> names;
  bool yes = false;
};

std::size_t replication_of(const client::Topic& topic) { return topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size(); }

ExitCode list(Session& session, const ListOptions& options) {
  auto topics = session.cluster->topics();
  if (!topics) return complain(topics.error());
  if (!options.internal) std::erase_if(*topics, &client::Topic::internal);
  if (session.output == Output::json) {
    Json json = Json::array();
    for (const auto& topic : *topics) {
      json.push_back({{"topic", topic.name},
                      {"id", topic.id.to_string()},
                      {"partitions", topic.partitions.size()},
                      {"replication_factor", replication_of(topic)},
                      {"internal", topic.internal}});
    }
    return finish(json.dump(2) + "\n");
  }
  Table table({"TOPIC", "PARTITIONS", "REPLICAS"});
  for (const auto& topic : *topics) table.add({topic.name, std::to_string(topic.partitions.size()), std::to_string(replication_of(topic))});
  return finish(table.text());
}

ExitCode create(Session& session, const CreateOptions& options) {
  auto configs = parse_configs("--config", options.configs);
  if (!configs) return complain_usage(configs.error().text);
  Tally tally;
  Json json = Json::array();
  Table table({"TOPIC", "STATUS", "PARTITIONS", "REPLICAS"});
  for (const std::string& name : options.names) {
    auto created = client::create_topic(
        *session.cluster,
        {.name = name, .partitions = options.partitions, .replication_factor = options.replication_factor, .configs = *configs});
    tally.count(created ? ExitCode::ok : complain(created.error()));
    if (!created) continue;
    table.add({name, "created", created->partitions < 0 ? "" : std::to_string(created->partitions),
               created->replication_factor < 0 ? "" : std::to_string(created->replication_factor)});
    json.push_back({{"topic", name},
                    {"id", created->id.to_string()},
                    {"status", "created"},
                    {"partitions", created->partitions},
                    {"replication_factor", created->replication_factor}});
  }
  if (json.empty()) return tally.code();
  const ExitCode printed = finish(session.output == Output::json ? json.dump(2) + "\n" : table.text());
  return printed == ExitCode::ok ? tally.code() : printed;
}

ExitCode describe(Session& session, const std::vector<std::string>& names) {
  Tally tally;
  Json json = Json::array();
  std::string text;
  for (const std::string& name : names) {
    auto description = describe_topic(*session.cluster, name);
    tally.count(description ? ExitCode::ok : complain(description.error()));
    if (!description) continue;
    if (session.output == Output::json)
      json.push_back(to_json(*description));
    else
      text += (text.empty() ? "" : "\n") + to_text(*description, wall_clock_ms());
  }
  if (json.empty() && text.empty()) return tally.code();
  const ExitCode printed = finish(session.output == Output::json ? json.dump(2) + "\n" : text);
  return printed == ExitCode::ok ? tally.code() : printed;
}

ExitCode remove(Session& session, const DeleteOptions& options) {
  if (!options.yes) {
    const std::string question = fmt::format("Delete {} with all records?", fmt::join(options.names, ", "));
    if (const auto refused = refused_by_user("topics delete", question)) return *refused;
  }
  Tally tally;
  Json json = Json::array();
  Table table({"TOPIC", "STATUS"});
  for (const std::string& name : options.names) {
    auto deleted = client::delete_topic(*session.cluster, name);
    tally.count(deleted ? ExitCode::ok : complain(deleted.error()));
    if (!deleted) continue;
    table.add({name, "deleted"});
    json.push_back({{"topic", name}, {"status", "deleted"}});
  }
  if (json.empty()) return tally.code();
  const ExitCode printed = finish(session.output == Output::json ? json.dump(2) + "\n" : table.text());
  return printed == ExitCode::ok ? tally.code() : printed;
}

}  // namespace

void add_topics(CLI::App& app, Session& session) {
  CLI::App* topics = app.add_subcommand("topics", "List, create, describe, alter, trim and delete topics")->alias("topic");
  topics->footer(
      "Examples:\n  streamline-cli topics create orders -p 3 -c retention.ms=86400000\n  streamline-cli topics list -o json\n"
      "  streamline-cli topics describe orders\n  streamline-cli topics alter orders -c retention.ms=600000\n"
      "  streamline-cli topics trim orders --before @-1h");

  CLI::App* list_command = topics->add_subcommand("list", "List topics");
  auto list_options = std::make_shared<ListOptions>();
  list_command->add_flag("--internal", list_options->internal, "show internal topics too");
  list_command->callback([&session, list_options] { session.command = [list_options](Session& s) { return list(s, *list_options); }; });

  CLI::App* create_command = topics->add_subcommand("create", "Create topics");
  auto create_options = std::make_shared<CreateOptions>();
  create_command->add_option("topic", create_options->names, "names")->required();
  create_command->add_option("-p,--partitions", create_options->partitions, "partitions (the broker's default without it)")
      ->check(CLI::Range(1, 1'000'000));
  create_command->add_option("-r,--replication-factor", create_options->replication_factor, "replicas (the broker's default without it)")
      ->check(CLI::Range(1, 1000));
  create_command->add_option("-c,--config", create_options->configs, "key=value, any number of times")->allow_extra_args(false);
  create_command->callback(
      [&session, create_options] { session.command = [create_options](Session& s) { return create(s, *create_options); }; });

  CLI::App* describe_command = topics->add_subcommand("describe", "Show partitions, offsets and configs");
  auto described = std::make_shared<std::vector<std::string>>();
  describe_command->add_option("topic", *described, "names")->required();
  describe_command->callback([&session, described] { session.command = [described](Session& s) { return describe(s, *described); }; });

  add_topic_changes(*topics, session);

  CLI::App* delete_command = topics->add_subcommand("delete", "Delete topics and their records");
  auto delete_options = std::make_shared<DeleteOptions>();
  delete_command->add_option("topic", delete_options->names, "names")->required();
  delete_command->add_flag("-y,--yes", delete_options->yes, "do not ask");
  delete_command->callback(
      [&session, delete_options] { session.command = [delete_options](Session& s) { return remove(s, *delete_options); }; });
}

}  // namespace streamline::cli
