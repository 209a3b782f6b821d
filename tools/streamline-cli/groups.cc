// The family groups: list, describe, members, lag, reset, delete.
#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/groups.h"
#include "client/socket.h"
#include "commands.h"
#include "confirm.h"
#include "group_reset.h"
#include "group_view.h"
#include "table.h"
#include "tally.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;

/// What is common to the commands that look.
struct LookOptions {
  std::vector<std::string> groups;
  bool watch = false;
  std::string every = "2s";
};

struct DeleteOptions {
  std::vector<std::string> groups;
  bool yes = false;
};

/// What one look found: as text, as JSON, and how it went.
struct Look {
  std::string text;
  Json json = Json::array();
  Tally tally;
};

/// Shows what `look` finds, again and again with --watch: on a terminal in place, as JSON a line each time.
ExitCode show(Session& session, const LookOptions& options, const std::function<Look(Session&)>& look) {
  auto every = client::parse_duration(options.every);
  if (!every) return complain_usage("--every " + every.error().text);
  const std::string_view clear = options.watch && ::isatty(STDOUT_FILENO) != 0 ? "\x1b[H\x1b[2J" : "";
  while (true) {
    const Look found = look(session);
    const bool nothing = found.text.empty() && found.json.empty();
    const std::string json = found.json.dump(options.watch ? -1 : 2) + "\n";
    if (!nothing || found.tally.code() == ExitCode::ok) {
      const ExitCode printed = finish(session.output == Output::json ? json : fmt::format("{}{}", clear, found.text));
      if (printed != ExitCode::ok) return printed;
    }
    if (!options.watch) return found.tally.code();
    // Ended by an interrupt only.
    if (!client::pause(*every, session.interrupt_fd)) return ExitCode::interrupted;
  }
}

Look list(Session& session) {
  Look look;
  auto groups = client::list_groups(*session.cluster);
  look.tally.count(groups ? ExitCode::ok : complain(groups.error()));
  if (!groups) return look;
  Table table({"GROUP", "TYPE", "STATE", "PROTOCOL-TYPE"});
  for (const auto& group : *groups) {
    table.add({group.id, group.type, group.state, group.protocol_type});
    look.json.push_back({{"group", group.id}, {"type", group.type}, {"state", group.state}, {"protocol_type", group.protocol_type}});
  }
  look.text = table.text();
  return look;
}

Look describe(Session& session, const std::vector<std::string>& ids) {
  Look look;
  for (const std::string& id : ids) {
    const auto view = view_group(*session.cluster, id);
    look.tally.count(view ? ExitCode::ok : complain(view.error()));
    if (!view) continue;
    look.text += (look.text.empty() ? "" : "\n") + description_text(*view);
    look.json.push_back(description_json(*view));
  }
  return look;
}

Look members(Session& session, const std::vector<std::string>& ids) {
  Look look;
  for (const std::string& id : ids) {
    const auto group = client::describe_group(*session.cluster, id);
    look.tally.count(group ? ExitCode::ok : complain(group.error()));
    if (!group) continue;
    look.text += (look.text.empty() ? "" : "\n") + members_text(*group);
    look.json.push_back(members_json(*group));
  }
  return look;
}

/// Every group without names.
Result<std::vector<std::string>> named_or_all(Session& session, const std::vector<std::string>& ids) {
  if (!ids.empty()) return ids;
  auto groups = client::list_groups(*session.cluster);
  if (!groups) return fail_with(std::move(groups));
  std::vector<std::string> all;
  for (const auto& group : *groups) all.push_back(group.id);
  return all;
}

Look lag(Session& session, const std::vector<std::string>& asked) {
  Look look;
  const auto ids = named_or_all(session, asked);
  if (!ids) look.tally.count(complain(ids.error()));
  Table table({"GROUP", "TOPIC", "PARTITION", "COMMITTED", "END", "LAG"});
  const auto number = [](bool known, std::int64_t value) { return known ? std::to_string(value) : std::string(); };
  for (const std::string& id : ids.value_or(std::vector<std::string>())) {
    const auto view = view_group(*session.cluster, id);
    look.tally.count(view ? ExitCode::ok : complain(view.error()));
    if (!view) continue;
    Json rows = Json::array();
    for (const auto& partition : view->partitions) {
      const auto behind = partition.lag();
      table.add({id, partition.of.topic, std::to_string(partition.of.partition),
                 number(partition.committed.has_value(), partition.committed.value_or(client::GroupOffset()).offset),
                 number(partition.range.has_value(), partition.range.value_or(client::OffsetRange()).end.value),
                 number(behind.has_value(), behind.value_or(0))});
      rows.push_back(
          {{"topic", partition.of.topic}, {"partition", partition.of.partition}, {"lag", behind ? Json(*behind) : Json(nullptr)}});
    }
    look.json.push_back({{"group", id}, {"lag", view->total_lag()}, {"partitions", std::move(rows)}});
  }
  if (look.tally.code() == ExitCode::ok || !look.json.empty()) look.text = table.text();
  return look;
}

ExitCode remove(Session& session, const DeleteOptions& options) {
  if (!options.yes) {
    const std::string question = fmt::format("Delete {} with all committed offsets?", fmt::join(options.groups, ", "));
    if (const auto refused = refused_by_user("groups delete", question)) return *refused;
  }
  Tally tally;
  Json json = Json::array();
  Table table({"GROUP", "STATUS"});
  for (const std::string& id : options.groups) {
    const auto deleted = client::delete_group(*session.cluster, id);
    tally.count(deleted ? ExitCode::ok : complain(deleted.error()));
    if (!deleted) continue;
    table.add({id, "deleted"});
    json.push_back({{"group", id}, {"status", "deleted"}});
  }
  if (json.empty()) return tally.code();
  const ExitCode printed = finish(session.output == Output::json ? json.dump(2) + "\n" : table.text());
  return printed == ExitCode::ok ? tally.code() : printed;
}

enum class Names : std::uint8_t { none, some, any };

struct LookCommand {
  const char* name;
  const char* text;
  Names names;
  Look (*look)(Session& session, const std::vector<std::string>& groups);
};

void add_look(CLI::App& family, Session& session, const LookCommand& command) {
  CLI::App* added = family.add_subcommand(command.name, command.text);
  auto options = std::make_shared<LookOptions>();
  if (command.names != Names::none) {
    CLI::Option* names = added->add_option("group", options->groups, "names");
    if (command.names == Names::some) names->required();
  }
  added->add_flag("-w,--watch", options->watch, "look again and again, until interrupted");
  added->add_option("--every", options->every, "pause between two looks (2s)");
  added->callback([&session, options, look = command.look] {
    session.command = [options, look](Session& s) { return show(s, *options, [&](Session& on) { return look(on, options->groups); }); };
  });
}

void add_reset(CLI::App& family, Session& session) {
  CLI::App* command = family.add_subcommand("reset", "Move what a group has committed, and write down what it was");
  auto options = std::make_shared<ResetOptions>();
  command->add_option("group", options->group, "name")->required();
  command->add_option("--to", options->to, "earliest, latest, OFFSET, @TIME, -1h, 'shift N', group:OTHER or file:F")->required();
  command->add_option("-t,--topic", options->topics, "topics (those that the group has committed for without it)")->allow_extra_args(false);
  command->add_option("-p,--partition", options->partitions, "partitions, with commas between them (all without it)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->allow_extra_args(false);
  command->add_flag("--dry-run", options->dry_run, "show what would change, and change nothing");
  command->add_option("--undo", options->undo, "file for the offsets that were (undo-GROUP-TIME.csv without it)");
  command->callback([&session, options] { session.command = [options](Session& s) { return reset_group(s, *options); }; });
}

}  // namespace

void add_groups(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("groups", "List, describe, move and delete consumer groups")->alias("group");
  family->footer(
      "Examples:\n  streamline-cli groups describe billing --watch\n"
      "  streamline-cli groups reset billing --to -1h --dry-run\n  streamline-cli groups lag -o json");
  add_look(*family, session, {"list", "List groups", Names::none, [](Session& s, const std::vector<std::string>&) { return list(s); }});
  add_look(*family, session, {"describe", "Show state, members, and what is committed where", Names::some, describe});
  add_look(*family, session, {"members", "Show members and what they own", Names::some, members});
  add_look(*family, session, {"lag", "Show how far groups are behind (all groups without names)", Names::any, lag});
  add_reset(*family, session);
  CLI::App* command = family->add_subcommand("delete", "Delete groups without members, and what they committed");
  auto options = std::make_shared<DeleteOptions>();
  command->add_option("group", options->groups, "names")->required();
  command->add_flag("-y,--yes", options->yes, "do not ask");
  command->callback([&session, options] { session.command = [options](Session& s) { return remove(s, *options); }; });
}

}  // namespace streamline::cli
