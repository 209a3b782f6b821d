// The family groups: list, describe, members, lag, reset, delete.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/groups.h"
#include "client/socket.h"
#include "commands.h"
#include "confirm.h"
#include "groups/group_reset.h"
#include "groups/group_view.h"
#include "tally.h"

namespace streamline::cli {

namespace {

/// What is common to the commands that look.
struct LookOptions {
  std::vector<std::string> groups;
  bool watch = false;
  std::string every = "2s";
};

struct DeleteOptions {
  std::vector<std::string> groups;
  bool yes = false;
  bool dry_run = false;
};

/// What one look found: rows, or documents with their text; and how it went.
struct Look {
  std::optional<Listing> rows{};
  std::string text{};
  Json json = Json::array();
  Tally tally{};
};

constexpr std::array kListKeys = {
    Column{"group", "GROUP", "id"},
    Column{"type", "TYPE", "classic or consumer; empty where the broker does not tell"},
    Column{"state", "STATE", "Stable, Empty, …; empty where the broker does not tell"},
    Column{"protocol_type", "PROTOCOL-TYPE", "consumer for consumers; others choose their own word; empty: no member came yet"},
};
constexpr std::array kLagKeys = {
    Column{"group", "GROUP", "id"},
    Column{"topic", "TOPIC", "name"},
    Column{"partition", "PARTITION", "number", Type::integer},
    Column{"committed", "COMMITTED", "offset that the group reads next; null: none yet", Type::integer_or_null},
    Column{"end", "END", "offset behind the last record; null where its leader does not answer", Type::integer_or_null},
    Column{"lag", "LAG", "records between the two; null without either", Type::integer_or_null},
};
constexpr std::array kDescribeKeys = {
    Column{"[].group", "", "id"},
    Column{"[].type", "", "classic or consumer"},
    Column{"[].state", "", "Stable, Empty, …"},
    Column{"[].protocol_type", "", "consumer for consumers; null: no member came yet", Type::text_or_null},
    Column{"[].protocol", "", "assignor; null: none is chosen", Type::text_or_null},
    Column{"[].coordinator", "", "broker that looks after it, as host:port"},
    Column{"[].last_rebalance", "", "null where the broker does not tell", Type::object_or_null},
    Column{"[].last_rebalance.reason", "", "why the group was divided anew"},
    Column{"[].last_rebalance.member_id", "", "of whom it came from; null: of nobody", Type::text_or_null},
    Column{"[].last_rebalance.began", "", "when"},
    Column{"[].last_rebalance.duration_ms", "", "null: not over yet", Type::integer_or_null},
    Column{"[].lag", "", "over all partitions", Type::integer},
    Column{"[].members[].member_id", "", "as in groups members"},
    Column{"[].members[].instance_id", "", "likewise", Type::text_or_null},
    Column{"[].members[].client_id", "", "likewise"},
    Column{"[].members[].host", "", "likewise"},
    Column{"[].members[].partitions[].topic", "", "likewise"},
    Column{"[].members[].partitions[].partition", "", "likewise", Type::integer},
    Column{"[].partitions[].topic", "", "name"},
    Column{"[].partitions[].partition", "", "number", Type::integer},
    Column{"[].partitions[].committed", "", "offset that the group reads next; null: none yet", Type::integer_or_null},
    Column{"[].partitions[].metadata", "", "what the member wrote beside it; null: nothing is committed", Type::text_or_null},
    Column{"[].partitions[].log_start_offset", "", "first record; null where the leader does not answer", Type::integer_or_null},
    Column{"[].partitions[].log_end_offset", "", "offset behind the last record; null likewise", Type::integer_or_null},
    Column{"[].partitions[].lag", "", "records between committed and end; null without either", Type::integer_or_null},
    Column{"[].partitions[].member_id", "", "owner; null: nobody", Type::text_or_null},
};
constexpr std::array kMembersKeys = {
    Column{"[].group", "", "id"},
    Column{"[].members[].member_id", "", "id that the coordinator gave"},
    Column{"[].members[].instance_id", "", "id that the member brought; null: none", Type::text_or_null},
    Column{"[].members[].client_id", "", "what its client calls itself"},
    Column{"[].members[].host", "", "where it is"},
    Column{"[].members[].partitions[].topic", "", "of what it owns"},
    Column{"[].members[].partitions[].partition", "", "number", Type::integer},
};
constexpr std::array kResetKeys = {
    Column{"group", "", "id"},
    Column{"dry_run", "", "whether nothing was changed", Type::boolean},
    Column{"undo_file", "", "what brings the old offsets back; null on a dry run", Type::text_or_null},
    Column{"partitions[].topic", "", "name"},
    Column{"partitions[].partition", "", "number", Type::integer},
    Column{"partitions[].before", "", "what was committed; null: nothing", Type::integer_or_null},
    Column{"partitions[].after", "", "what is committed now", Type::integer},
};
constexpr std::array kDeleteKeys = {
    Column{"group", "GROUP", "id"},
    Column{"status", "STATUS", "deleted, or would be deleted"},
};

/// Shows what `look` finds, again and again with --watch: on a terminal in place, as JSON a line each time.
ExitCode show(Session& session, const LookOptions& options, const std::function<Look(Session&)>& look) {
  auto every = client::parse_duration(options.every);
  if (!every) return complain_usage("--every " + every.error().text);
  const std::string_view clear = options.watch && ::isatty(STDOUT_FILENO) != 0 ? "\x1b[H\x1b[2J" : "";
  while (true) {
    const Look found = look(session);
    const Json json = found.rows ? found.rows->json() : found.json;
    const bool nothing = json.empty();
    if (!nothing || found.tally.code() == ExitCode::ok) {
      ExitCode printed = ExitCode::ok;
      if (options.watch && session.output == Output::json)
        printed = finish(json_text(json, Layout::one_line));
      else if (found.rows)
        printed = finish(fmt::format("{}{}", clear, found.rows->text(session.output, session.paint)));
      else
        printed = finish(session, json, fmt::format("{}{}", clear, found.text));
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
  look.rows.emplace(kListKeys);
  for (const auto& group : *groups) look.rows->add({group.id, group.type, group.state, group.protocol_type});
  return look;
}

Look describe(Session& session, const std::vector<std::string>& ids) {
  Look look;
  for (const std::string& id : ids) {
    const auto view = view_group(*session.cluster, id);
    look.tally.count(view ? ExitCode::ok : complain(view.error()));
    if (!view) continue;
    look.text += (look.text.empty() ? "" : "\n") + description_text(*view, session.paint);
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
    look.text += (look.text.empty() ? "" : "\n") + members_text(*group, session.paint);
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
  look.rows.emplace(kLagKeys);
  for (const std::string& id : ids.value_or(std::vector<std::string>())) {
    const auto view = view_group(*session.cluster, id);
    look.tally.count(view ? ExitCode::ok : complain(view.error()));
    if (!view) continue;
    for (const auto& partition : view->partitions) {
      const auto behind = partition.lag();
      look.rows->add({id, partition.of.topic, partition.of.partition,
                      partition.committed ? Json(partition.committed->offset) : Json(nullptr),
                      partition.range ? Json(partition.range->end.value) : Json(nullptr), behind ? Json(*behind) : Json(nullptr)});
    }
  }
  return look;
}

ExitCode remove(Session& session, const DeleteOptions& options) {
  if (!options.yes && !options.dry_run) {
    const std::string question = fmt::format("Delete {} with all committed offsets?", fmt::join(options.groups, ", "));
    if (const auto refused = refused_by_user("groups delete", question)) return *refused;
  }
  Tally tally;
  Listing listing(kDeleteKeys);
  for (const std::string& id : options.groups) {
    Status deleted;
    if (options.dry_run) {
      if (auto known = client::describe_group(*session.cluster, id); !known) deleted = fail_with(std::move(known));
    } else {
      deleted = client::delete_group(*session.cluster, id);
    }
    tally.count(deleted ? ExitCode::ok : complain(deleted.error()));
    if (deleted) listing.add({id, options.dry_run ? "would be deleted" : "deleted"});
  }
  return finish_after(tally.code(), session, listing);
}

enum class Names : std::uint8_t { none, some, any };

struct LookCommand {
  const char* name;
  const char* text;
  Names names;
  CommandFacts facts;
  const char* examples;
  Look (*look)(Session& session, const std::vector<std::string>& groups);
};

void add_look(CLI::App& family, Session& session, const LookCommand& command) {
  CLI::App* added = family.add_subcommand(command.name, command.text);
  session.facts[added] = command.facts;
  added->footer(command.examples);
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
  const auto [command, options] = add_command<ResetOptions>(
      family, session,
      {"reset", "Move what a group has committed, and write down what it was", {.shape = Shape::document, .keys = kResetKeys}},
      reset_group);
  command->add_option("group", options->group, "name")->required();
  command->add_option("--to", options->to, "earliest, latest, OFFSET, @TIME, -1h, 'shift N', group:OTHER or file:F")->required();
  command->add_option("-t,--topic", options->topics, "topics (those that the group has committed for without it)")->allow_extra_args(false);
  command->add_option("-p,--partition", options->partitions, "partitions, with commas between them (all without it)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->allow_extra_args(false);
  command->add_flag("--dry-run", options->dry_run, "show what would change, and change nothing");
  command->add_option("--undo", options->undo, "file for the offsets that were (undo-GROUP-TIME.csv without it)");
  command->footer(
      "Examples:\n  streamline-cli groups reset billing --to earliest --dry-run\n  streamline-cli groups reset billing --to -1h -t orders\n"
      "  streamline-cli groups reset billing --to file:undo-billing.csv");
}

void add_delete(CLI::App& family, Session& session) {
  const auto [command, options] = add_command<DeleteOptions>(
      family, session, {"delete", "Delete groups without members, and what they committed", {.keys = kDeleteKeys}}, remove);
  command->add_option("group", options->groups, "names")->required();
  command->add_flag("-y,--yes", options->yes, "do not ask");
  command->add_flag("--dry-run", options->dry_run, "look whether they are there, and delete nothing");
  command->footer("Examples:\n  streamline-cli groups delete billing\n  streamline-cli groups delete billing --dry-run");
}

}  // namespace

void add_groups(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("groups", "List, describe, move and delete consumer groups")->alias("group");
  family->footer(
      "Examples:\n  streamline-cli groups describe billing --watch\n"
      "  streamline-cli groups reset billing --to -1h --dry-run\n  streamline-cli groups lag -o json");
  add_look(*family, session,
           {"list",
            "List groups",
            Names::none,
            {.keys = kListKeys},
            "Examples:\n  streamline-cli groups list\n  streamline-cli groups list -o name",
            [](Session& s, const std::vector<std::string>&) { return list(s); }});
  add_look(*family, session,
           {"describe",
            "Show state, members, and what is committed where",
            Names::some,
            {.shape = Shape::document, .keys = kDescribeKeys},
            "Examples:\n  streamline-cli groups describe billing\n  streamline-cli groups describe billing --watch\n"
            "  streamline-cli groups describe billing -o json",
            describe});
  add_look(*family, session,
           {"members",
            "Show members and what they own",
            Names::some,
            {.shape = Shape::document, .keys = kMembersKeys},
            "Examples:\n  streamline-cli groups members billing\n  streamline-cli groups members billing -o yaml",
            members});
  add_look(*family, session,
           {"lag",
            "Show how far groups are behind (all groups without names)",
            Names::any,
            {.keys = kLagKeys},
            "Examples:\n  streamline-cli groups lag\n  streamline-cli groups lag billing --watch --every 5s\n"
            "  streamline-cli groups lag -o csv",
            lag});
  add_reset(*family, session);
  add_delete(*family, session);
}

}  // namespace streamline::cli
