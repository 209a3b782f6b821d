// clients: who reads and who writes, as far as the broker tells: members of groups and the producers that partitions remember.
#include <fmt/format.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "client/groups.h"
#include "client/transactions.h"
#include "commands.h"
#include "groups/group_view.h"
#include "output/text.h"

namespace streamline::cli {

namespace {

struct ClientsOptions {
  std::string topic;
  bool readers = false;
  bool writers = false;
};

constexpr std::array kClientsKeys = {
    Column{"client_id", "CLIENT-ID", "what the client calls itself; null: a producer, of which partitions keep the number only"},
    Column{"does", "DOES", "reads or writes"},
    Column{"host", "HOST", "where it is; null where it is not told"},
    Column{"group", "GROUP", "that it reads in; null: it writes"},
    Column{"member_id", "MEMBER-ID", "in its group", Shown::wide},
    Column{"producer_id", "PRODUCER-ID", "under which it writes; null: it reads"},
    Column{"partitions", "PARTITIONS", "topic/partition that it reads or has written to"},
    Column{"last_write", "LAST-WRITE", "of its last batch; null: it reads"},
};

Status add_readers(Session& session, const ClientsOptions& options, Listing& listing) {
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

Status add_writers(Session& session, const ClientsOptions& options, Listing& listing) {
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

ExitCode clients(Session& session, const ClientsOptions& options) {
  Listing listing(kClientsKeys);
  if (!options.writers) {
    if (const Status added = add_readers(session, options, listing); !added) return complain(added.error());
  }
  if (!options.readers) {
    if (const Status added = add_writers(session, options, listing); !added) return complain(added.error());
  }
  return finish(session, listing);
}

}  // namespace

void add_clients(CLI::App& app, Session& session) {
  const auto [command, options] =
      add_command<ClientsOptions>(app, session, {"clients", "Show who reads and who writes", {.keys = kClientsKeys}}, clients);
  command->alias("client");
  command->add_option("-t,--topic", options->topic, "only those that have to do with this topic");
  CLI::Option* const readers = command->add_flag("--readers", options->readers, "members of groups only");
  command->add_flag("--writers", options->writers, "producers only")->excludes(readers);
  command->footer(
      "Readers without a group and producers without an id leave no trace that a broker could tell.\n\n"
      "Examples:\n  streamline-cli clients\n  streamline-cli clients -t orders --writers\n  streamline-cli clients -o json");
}

}  // namespace streamline::cli
