// The family topics: list, create, describe, delete; what changes, copies, moves and watches topics is in the files beside.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "client/admin.h"
#include "commands.h"
#include "confirm.h"
#include "tally.h"
#include "topics/topic_changes.h"
#include "topics/topic_copies.h"
#include "topics/topic_description.h"
#include "topics/topic_watch.h"

namespace streamline::cli {

namespace {

struct ListOptions {
  bool internal = false;
};

struct CreateOptions {
  std::vector<std::string> names;
  std::int32_t partitions = client::kBrokerDefault;
  std::int16_t replication_factor = static_cast<std::int16_t>(client::kBrokerDefault);
  std::vector<std::string> configs;
  bool if_not_exists = false;
  bool dry_run = false;
};

struct DescribeOptions {
  std::vector<std::string> names;
};

struct DeleteOptions {
  std::vector<std::string> names;
  bool yes = false;
  bool dry_run = false;
};

constexpr std::array kListKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"id", "ID", "id, which a topic of the same name made later does not share", Shown::wide},
    Column{"partitions", "PARTITIONS", "how many", Type::integer},
    Column{"replication_factor", "REPLICAS", "copies of each partition", Type::integer},
    Column{"internal", "INTERNAL", "whether brokers keep their own records in it", Type::boolean, Shown::wide},
};
constexpr std::array kCreateKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"id", "ID", "id; null on a dry run", Type::text_or_null, Shown::wide},
    Column{"status", "STATUS", "created, exists, or would be created"},
    Column{"partitions", "PARTITIONS", "how many; null where the broker does not tell", Type::integer_or_null},
    Column{"replication_factor", "REPLICAS", "copies of each partition; null where the broker does not tell", Type::integer_or_null},
};
constexpr std::array kDeleteKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"status", "STATUS", "deleted, or would be deleted"},
};

ExitCode list(Session& session, const ListOptions& options) {
  auto topics = session.cluster->topics();
  if (!topics) return complain(topics.error());
  Listing listing(kListKeys);
  for (const auto& topic : *topics) {
    if (topic.internal && !options.internal) continue;
    const std::size_t replicas = topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size();
    listing.add({topic.name, topic.id.to_string(), topic.partitions.size(), replicas, topic.internal});
  }
  return finish(session, listing);
}

Json number_or_null(std::int32_t number) { return number < 0 ? Json(nullptr) : Json(number); }

ExitCode create(Session& session, const CreateOptions& options) {
  auto configs = parse_configs("--config", options.configs);
  if (!configs) return complain_usage(configs.error().text);
  Tally tally;
  Listing listing(kCreateKeys);
  for (const std::string& name : options.names) {
    auto created = client::create_topic(
        *session.cluster,
        {.name = name, .partitions = options.partitions, .replication_factor = options.replication_factor, .configs = *configs},
        options.dry_run ? client::Change::only_check : client::Change::make);
    if (!created && created.error().code == Errc::already_exists && options.if_not_exists) {
      tally.count(ExitCode::ok);
      listing.add({name, nullptr, "exists", nullptr, nullptr});
      continue;
    }
    tally.count(created ? ExitCode::ok : complain(created.error()));
    if (!created) continue;
    listing.add({name, options.dry_run ? Json(nullptr) : Json(created->id.to_string()), options.dry_run ? "would be created" : "created",
                 number_or_null(created->partitions), number_or_null(created->replication_factor)});
  }
  return finish_after(tally.code(), session, listing);
}

ExitCode describe(Session& session, const DescribeOptions& options) {
  Tally tally;
  Json json = Json::array();
  std::string text;
  for (const std::string& name : options.names) {
    auto description = describe_topic(*session.cluster, name);
    tally.count(description ? ExitCode::ok : complain(description.error()));
    if (!description) continue;
    json.push_back(to_json(*description));
    text += (text.empty() ? "" : "\n") + to_text(*description, wall_clock_ms(), session.paint);
  }
  if (json.empty()) return tally.code();
  const ExitCode printed = finish(session, json, text);
  return printed == ExitCode::ok ? tally.code() : printed;
}

ExitCode remove(Session& session, const DeleteOptions& options) {
  if (!options.yes && !options.dry_run) {
    const std::string question = fmt::format("Delete {} with all records?", fmt::join(options.names, ", "));
    if (const auto refused = refused_by_user("topics delete", question)) return *refused;
  }
  Tally tally;
  Listing listing(kDeleteKeys);
  for (const std::string& name : options.names) {
    Status deleted;
    if (options.dry_run) {
      if (auto topic = session.cluster->topic(name); !topic) deleted = fail_with(std::move(topic));
    } else {
      deleted = client::delete_topic(*session.cluster, name);
    }
    tally.count(deleted ? ExitCode::ok : complain(deleted.error()));
    if (deleted) listing.add({name, options.dry_run ? "would be deleted" : "deleted"});
  }
  return finish_after(tally.code(), session, listing);
}

void add_create(CLI::App& topics, Session& session) {
  const auto [command, options] = add_command<CreateOptions>(topics, session, {"create", "Create topics", {.keys = kCreateKeys}}, create);
  command->add_option("topic", options->names, "names")->required();
  command->add_option("-p,--partitions", options->partitions, "partitions (the broker's default without it)")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("-r,--replication-factor", options->replication_factor, "replicas (the broker's default without it)")
      ->check(CLI::Range(1, 1000));
  command->add_option("-c,--config", options->configs, "key=value, any number of times")->allow_extra_args(false);
  command->add_flag("--if-not-exists", options->if_not_exists, "a topic that is there already is no error");
  command->add_flag("--dry-run", options->dry_run, "let the broker check, and create nothing");
  command->footer(
      "Examples:\n  streamline-cli topics create orders -p 3\n  streamline-cli topics create users -c cleanup.policy=compact "
      "--if-not-exists\n"
      "  streamline-cli topics create orders -p 3 -r 3 --dry-run");
}

void add_delete(CLI::App& topics, Session& session) {
  const auto [command, options] =
      add_command<DeleteOptions>(topics, session, {"delete", "Delete topics and their records", {.keys = kDeleteKeys}}, remove);
  command->add_option("topic", options->names, "names")->required();
  command->add_flag("-y,--yes", options->yes, "do not ask");
  command->add_flag("--dry-run", options->dry_run, "look whether they are there, and delete nothing");
  command->footer(
      "Examples:\n  streamline-cli topics delete orders\n  streamline-cli topics delete orders users --yes\n"
      "  streamline-cli topics delete orders --dry-run");
}

}  // namespace

void add_topics(CLI::App& app, Session& session) {
  CLI::App* topics = app.add_subcommand("topics", "List, create, describe, change, copy, watch and delete topics")->alias("topic");
  topics->footer(
      "Examples:\n  streamline-cli topics create orders -p 3 -c retention.ms=86400000\n  streamline-cli topics list -o json\n"
      "  streamline-cli topics describe orders");
  const auto [list_command, list_options] = add_command<ListOptions>(*topics, session, {"list", "List topics", {.keys = kListKeys}}, list);
  list_command->add_flag("--internal", list_options->internal, "show internal topics too");
  list_command->footer(
      "Examples:\n  streamline-cli topics list\n  streamline-cli topics list --internal -o wide\n  streamline-cli topics list -o name");
  add_create(*topics, session);
  const auto [describe_command, described] = add_command<DescribeOptions>(
      *topics, session, {"describe", "Show partitions, offsets and configs", {.shape = Shape::document, .keys = kTopicDescriptionKeys}},
      describe);
  describe_command->add_option("topic", described->names, "names")->required();
  describe_command->footer(
      "Examples:\n  streamline-cli topics describe orders\n  streamline-cli topics describe orders users -o yaml\n"
      "  streamline-cli topics describe orders -o json");
  add_topic_changes(*topics, session);
  add_topic_copies(*topics, session);
  add_topic_watch(*topics, session);
  add_delete(*topics, session);
}

}  // namespace streamline::cli
