// The family clients. activity: who reads and who writes, as far as any broker tells: members of groups and the producers that partitions
// remember. list and kill: connections, of which only Streamline tells.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/connections.h"
#include "client/groups.h"
#include "client/transactions.h"
#include "commands.h"
#include "confirm.h"
#include "groups/group_view.h"
#include "output/text.h"
#include "tally.h"

namespace streamline::cli {

namespace {

struct ActivityOptions {
  std::string topic;
  bool readers = false;
  bool writers = false;
};
/// Which connections; those that fit all that is given.
struct Which {
  std::optional<std::string> client_id;
  std::optional<std::string> address;
};
struct ListOptions {
  Which which;
};
struct KillOptions {
  std::vector<std::int64_t> ids;
  Which which;
  bool yes = false;
  bool dry_run = false;
};

constexpr std::array kListKeys = {
    Column{"id", "ID", "the connection's number, never used again while the broker runs", Type::integer},
    Column{"address", "ADDRESS", "where the client is, host:port"},
    Column{"client_id", "CLIENT-ID", "what the client calls itself; null: it has asked for nothing yet, or does not say",
           Type::text_or_null},
    Column{"software", "SOFTWARE", "its library and version; null where it does not say", Type::text_or_null},
    Column{"last_api", "LAST-API", "its newest request; null: none yet", Type::text_or_null},
    Column{"requests", "REQUESTS", "that it has sent", Type::integer},
    Column{"bytes_in", "IN", "bytes that it has sent", Type::integer},
    Column{"bytes_out", "OUT", "bytes that it was sent", Type::integer},
    Column{"in_flight", "IN-FLIGHT", "requests without an answer, a fetch that waits for records among them", Type::integer},
    Column{"idle_ms", "IDLE-MS", "since bytes last came or went", Type::integer},
    Column{"connected", "CONNECTED", "since when", Shown::wide},
    Column{"listener", "LISTENER", "that it came to", Shown::wide},
    Column{"throttled", "THROTTLED", "whether a quota holds it up now", Type::boolean, Shown::wide},
    Column{"own", "OWN", "whether it is the connection of this command", Type::boolean, Shown::wide},
};
constexpr std::array kKillKeys = {
    Column{"id", "ID", "the connection's number", Type::integer},
    Column{"address", "ADDRESS", "where the client is; null where the number was given and is not there", Type::text_or_null},
    Column{"client_id", "CLIENT-ID", "what the client calls itself", Type::text_or_null},
    Column{"status", "STATUS", "closed or would be closed"},
};
constexpr std::array kActivityKeys = {
    Column{"client_id", "CLIENT-ID", "what the client calls itself; null: a producer, of which partitions keep the number only",
           Type::text_or_null},
    Column{"does", "DOES", "reads or writes"},
    Column{"host", "HOST", "where it is; null where it is not told", Type::text_or_null},
    Column{"group", "GROUP", "that it reads in; null: it writes", Type::text_or_null},
    Column{"member_id", "MEMBER-ID", "in its group", Type::text_or_null, Shown::wide},
    Column{"producer_id", "PRODUCER-ID", "under which it writes; null: it reads", Type::integer_or_null},
    Column{"partitions", "PARTITIONS", "topic/partition that it reads or has written to", Type::texts},
    Column{"last_write", "LAST-WRITE", "of its last batch; null: it reads", Type::text_or_null},
};

Status add_readers(Session& session, const ActivityOptions& options, Listing& listing) {
  auto groups = client::list_groups(*session.cluster);
  if (!groups) return fail_with(std::move(groups));
  for (const auto& group : *groups) {
    auto described = client::describe_group(*session.cluster, group.id);
    // It may be gone by now, or of a kind that has another API.
    if (!described) continue;
    for (const auto& member : described->members) {
      Json partitions = Json::array();
      bool is_wanted = options.topic.empty();
      for (const auto& of : member.assignment) {
        is_wanted = is_wanted || of.topic == options.topic;
        partitions.push_back(fmt::format("{}/{}", of.topic, of.partition));
      }
      if (is_wanted) listing.add({member.client_id, "reads", member.host, group.id, member.id, nullptr, std::move(partitions), nullptr});
    }
  }
  return {};
}

Status add_writers(Session& session, const ActivityOptions& options, Listing& listing) {
  struct Writer {
    Json partitions = Json::array();
    std::int64_t last_write_ms = -1;
  };
  std::map<std::int64_t, Writer> writers;
  auto topics = session.cluster->topics();
  if (!topics) return fail_with(std::move(topics));
  for (const auto& topic : *topics) {
    if (options.topic.empty() ? topic.internal : topic.name != options.topic) continue;
    for (const auto& partition : topic.partitions) {
      auto producers = client::active_producers(*session.cluster, {.topic = topic.name, .partition = partition.index});
      if (!producers) return fail_with(std::move(producers));
      for (const auto& producer : *producers) {
        Writer& writer = writers[producer.producer_id];
        writer.partitions.push_back(fmt::format("{}/{}", topic.name, partition.index));
        writer.last_write_ms = std::max(writer.last_write_ms, producer.last_timestamp_ms);
      }
    }
  }
  for (auto& [id, writer] : writers) {
    const Json last = writer.last_write_ms < 0 ? Json(nullptr) : Json(rfc3339(writer.last_write_ms));
    listing.add({nullptr, "writes", nullptr, nullptr, nullptr, id, std::move(writer.partitions), last});
  }
  return {};
}

ExitCode activity(Session& session, const ActivityOptions& options) {
  Listing listing(kActivityKeys);
  if (!options.writers) {
    if (const Status added = add_readers(session, options, listing); !added) return complain(added.error());
  }
  if (!options.readers) {
    if (const Status added = add_writers(session, options, listing); !added) return complain(added.error());
  }
  return finish(session, listing);
}

std::string address_of(const client::OpenConnection& connection) {
  const bool is_ipv6 = connection.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", connection.host, is_ipv6 ? "]" : "", connection.port);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json software_of(const client::OpenConnection& connection) {
  if (connection.software_name.empty()) return nullptr;
  return fmt::format("{} {}", connection.software_name, connection.software_version);
}

/// An address is a host, or a host and a port.
bool fits(const client::OpenConnection& connection, const Which& which) {
  if (which.client_id && connection.client_id != *which.client_id) return false;
  return !which.address || connection.host == *which.address || address_of(connection) == *which.address;
}

ExitCode list(Session& session, const ListOptions& options) {
  const auto open = client::open_connections(*session.cluster);
  if (!open) return complain(open.error());
  Listing listing(kListKeys);
  for (const auto& one : *open) {
    if (!fits(one, options.which)) continue;
    listing.add({one.id, address_of(one), text_or_null(one.client_id), software_of(one), text_or_null(one.last_api), one.requests,
                 one.bytes_in, one.bytes_out, one.in_flight, one.idle_ms, rfc3339(one.connected_ms), one.listener, one.is_throttled,
                 one.is_own});
  }
  return finish(session, listing);
}

using Chosen = std::vector<client::OpenConnection>;

/// What the words and flags name. A number that is not there is told, and counts as a failure.
Chosen choose(const std::vector<client::OpenConnection>& open, const KillOptions& options, Tally& tally) {
  Chosen chosen;
  if (options.ids.empty()) {
    std::ranges::copy_if(open, std::back_inserter(chosen), [&](const auto& one) { return fits(one, options.which) && !one.is_own; });
    return chosen;
  }
  for (const std::int64_t id : options.ids) {
    const auto found = std::ranges::find(open, id, &client::OpenConnection::id);
    if (found == open.end() || !fits(*found, options.which)) {
      const char* const why = found == open.end() ? "no connection has this number" : "its client or address is another one";
      tally.count(complain(Error{Errc::not_found, fmt::format("connection {}: {}", id, why)}));
    } else if (std::ranges::find(chosen, id, &client::OpenConnection::id) == chosen.end()) {
      chosen.push_back(*found);
    }
  }
  return chosen;
}

std::optional<ExitCode> refused(const Chosen& chosen) {
  std::string names;
  constexpr std::size_t kMostNamed = 5;
  for (const auto& one : std::span(chosen).first(std::min(chosen.size(), kMostNamed))) {
    const std::string client = one.client_id.empty() ? "" : printable(one.client_id) + " at ";
    names += fmt::format("{}{} ({}{})", names.empty() ? "" : ", ", one.id, client, address_of(one));
  }
  if (chosen.size() > kMostNamed) names += fmt::format(" and {} more", chosen.size() - kMostNamed);
  return refused_by_user("clients kill", fmt::format("Close {} {}?", chosen.size() == 1 ? "connection" : "connections", names));
}

/// Closes what was chosen; rows for those that are closed.
Status close(Session& session, const Chosen& chosen, Tally& tally, Listing& listing) {
  std::vector<std::int64_t> ids;
  for (const auto& one : chosen) ids.push_back(one.id);
  const auto outcomes = client::close_connections(*session.cluster, ids);
  if (!outcomes) return std::unexpected(outcomes.error());
  for (const auto& outcome : *outcomes) {
    tally.count(outcome.error ? complain(*outcome.error) : ExitCode::ok);
    const auto one = std::ranges::find(chosen, outcome.id, &client::OpenConnection::id);
    if (!outcome.error && one != chosen.end()) listing.add({one->id, address_of(*one), text_or_null(one->client_id), "closed"});
  }
  return {};
}

ExitCode kill(Session& session, const KillOptions& options) {
  if (options.ids.empty() && !options.which.client_id && !options.which.address) {
    return complain_usage("say which: numbers of 'clients list', --client or --address");
  }
  const auto open = client::open_connections(*session.cluster);
  if (!open) return complain(open.error());
  Tally tally;
  const Chosen chosen = choose(*open, options, tally);
  if (chosen.empty() && options.ids.empty()) return complain(Error{Errc::not_found, "no connection is of that client or address"});
  Listing listing(kKillKeys);
  if (options.dry_run) {
    for (const auto& one : chosen) {
      tally.count(ExitCode::ok);
      listing.add({one.id, address_of(one), text_or_null(one.client_id), "would be closed"});
    }
  } else if (!chosen.empty()) {
    if (!options.yes) {
      if (const auto no = refused(chosen)) return *no;
    }
    if (const Status closed = close(session, chosen, tally, listing); !closed) return complain(closed.error());
  }
  return finish_after(tally.code(), session, listing);
}

void add_which(CLI::App& command, Which& which) {
  command.add_option("--client", which.client_id, "only those of this client id");
  command.add_option("--address", which.address, "only those from this host, or host:port");
}

void add_list(CLI::App& family, Session& session) {
  const auto [command, options] =
      add_command<ListOptions>(family, session, {"list", "Show who is connected, and what he did", {.keys = kListKeys}}, list);
  add_which(*command, options->which);
  command->footer(
      "Only Streamline tells; another broker closes the connection that asks, and this says so.\n\n"
      "Examples:\n  streamline-cli clients list\n  streamline-cli clients list --client etl -o wide\n  streamline-cli clients list -o "
      "json");
}

void add_kill(CLI::App& family, Session& session) {
  const auto [command, options] = add_command<KillOptions>(family, session, {"kill", "Close connections", {.keys = kKillKeys}}, kill);
  command->add_option("id", options->ids, "numbers, as 'clients list' shows them");
  add_which(*command, options->which);
  command->add_flag("-y,--yes", options->yes, "do not ask");
  command->add_flag("--dry-run", options->dry_run, "show which, and close none");
  command->footer(
      "Most clients connect again at once and go on where they were: a quota or an end of the program keeps one away.\n"
      "The connection of this command is left out, and refused by its number.\n\n"
      "Examples:\n  streamline-cli clients kill 17\n  streamline-cli clients kill --client etl --dry-run\n"
      "  streamline-cli clients kill --address 10.1.2.3 --yes");
}

void add_activity(CLI::App& family, Session& session) {
  const auto [command, options] =
      add_command<ActivityOptions>(family, session, {"activity", "Show who reads and who writes", {.keys = kActivityKeys}}, activity);
  command->add_option("-t,--topic", options->topic, "only those that have to do with this topic");
  CLI::Option* const readers = command->add_flag("--readers", options->readers, "members of groups only");
  command->add_flag("--writers", options->writers, "producers only")->excludes(readers);
  command->footer(
      "Readers without a group and producers without an id leave no trace that every broker could tell; 'clients list' has them.\n\n"
      "Examples:\n  streamline-cli clients activity\n  streamline-cli clients activity -t orders --writers\n"
      "  streamline-cli clients activity -o json");
}

}  // namespace

void add_clients(CLI::App& app, Session& session) {
  CLI::App* family = app.add_subcommand("clients", "Show who is connected, who reads and writes; close connections")->alias("client");
  family->footer("Examples:\n  streamline-cli clients list\n  streamline-cli clients activity -t orders");
  add_list(*family, session);
  add_kill(*family, session);
  add_activity(*family, session);
}

}  // namespace streamline::cli
