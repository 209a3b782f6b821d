// The family transactions: list, describe, producers, find-hanging, abort.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "client/transactions.h"
#include "commands.h"
#include "confirm.h"
#include "output/text.h"
#include "tally.h"

namespace streamline::cli {

namespace {

struct ListOptions {
  std::vector<std::string> states;
};
struct DescribeOptions {
  std::vector<std::string> ids;
};
struct ProducersOptions {
  std::string topic;
  std::vector<std::int32_t> partitions;
};
struct HangingOptions {
  std::string topic;
  std::string older_than = "15m";
};
struct AbortOptions {
  std::vector<std::string> ids;
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t start_offset = -1;
  bool yes = false;
  bool dry_run = false;
};

constexpr std::array kListKeys = {
    Column{"transactional_id", "TRANSACTIONAL-ID", "name"},
    Column{"producer_id", "PRODUCER-ID", "under which its records are written", Type::integer},
    Column{"state", "STATE", "Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, …"},
};
constexpr std::array kDescribeKeys = {
    Column{"transactional_id", "TRANSACTIONAL-ID", "name"},
    Column{"producer_id", "PRODUCER-ID", "under which its records are written", Type::integer},
    Column{"producer_epoch", "EPOCH", "how often the name was taken over", Type::integer},
    Column{"state", "STATE", "as in transactions list"},
    Column{"timeout_ms", "TIMEOUT-MS", "after which an open transaction is aborted", Type::integer},
    Column{"began", "BEGAN", "when the open transaction began; null: none is open", Type::text_or_null},
    Column{"coordinator", "COORDINATOR", "broker that looks after it, as host:port", Shown::wide},
    Column{"partitions", "PARTITIONS", "topic/partition of the open transaction", Type::texts},
};
constexpr std::array kProducersKeys = {
    Column{"producer_id", "PRODUCER-ID", "id", Type::integer},
    Column{"topic", "TOPIC", "name"},
    Column{"partition", "PARTITION", "number", Type::integer},
    Column{"producer_epoch", "EPOCH", "of the producer", Type::integer},
    Column{"last_sequence", "LAST-SEQUENCE", "of its last record", Type::integer},
    Column{"last_timestamp", "LAST-WRITE", "of its last batch"},
    Column{"coordinator_epoch", "COORDINATOR-EPOCH", "of the last marker; null: none came yet", Type::integer_or_null, Shown::wide},
    Column{"transaction_start_offset", "TXN-START", "where its open transaction begins; null: none is open", Type::integer_or_null},
};
constexpr std::array kHangingKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"partition", "PARTITION", "number", Type::integer},
    Column{"producer_id", "PRODUCER-ID", "id", Type::integer},
    Column{"producer_epoch", "EPOCH", "of the producer", Type::integer},
    Column{"start_offset", "TXN-START", "where the transaction begins, for transactions abort", Type::integer},
    Column{"last_timestamp", "LAST-WRITE", "of its last batch"},
    Column{"reason", "REASON", "why nobody will end it"},
};
constexpr std::array kAbortKeys = {
    Column{"transaction", "TRANSACTION", "transactional id, or topic/partition@offset"},
    Column{"status", "STATUS", "aborted, or would be aborted"},
};

Json time_or_null(std::int64_t ms) { return ms < 0 ? Json(nullptr) : Json(rfc3339(ms)); }

ExitCode list(Session& session, const ListOptions& options) {
  auto transactions = client::list_transactions(*session.cluster, options.states);
  if (!transactions) return complain(transactions.error());
  Listing listing(kListKeys);
  for (const auto& each : *transactions) listing.add({each.transactional_id, each.producer_id, each.state});
  return finish(session, listing);
}

ExitCode describe(Session& session, const DescribeOptions& options) {
  Tally tally;
  Listing listing(kDescribeKeys);
  for (const std::string& id : options.ids) {
    auto each = client::describe_transaction(*session.cluster, id);
    tally.count(each ? ExitCode::ok : complain(each.error()));
    if (!each) continue;
    Json partitions = Json::array();
    for (const auto& of : each->partitions) partitions.push_back(fmt::format("{}/{}", of.topic, of.partition));
    listing.add({id, each->producer_id, each->producer_epoch, each->state, each->timeout_ms, time_or_null(each->began_ms.value_or(-1)),
                 each->coordinator, std::move(partitions)});
  }
  return finish_after(tally.code(), session, listing);
}

Result<std::vector<client::TopicPartition>> partitions_of(Session& session, const std::string& name) {
  auto topic = session.cluster->topic(name);
  if (!topic) return fail_with(std::move(topic));
  std::vector<client::TopicPartition> partitions;
  for (const auto& partition : (*topic)->partitions) partitions.push_back({.topic = name, .partition = partition.index});
  return partitions;
}

ExitCode producers(Session& session, const ProducersOptions& options) {
  auto partitions = partitions_of(session, options.topic);
  if (!partitions) return complain(partitions.error());
  if (!options.partitions.empty()) {
    partitions->clear();
    for (const std::int32_t index : options.partitions) partitions->push_back({.topic = options.topic, .partition = index});
  }
  Listing listing(kProducersKeys);
  for (const auto& of : *partitions) {
    auto active = client::active_producers(*session.cluster, of);
    if (!active) return complain(active.error());
    for (const auto& each : *active) {
      listing.add({each.producer_id, of.topic, of.partition, each.producer_epoch, each.last_sequence, time_or_null(each.last_timestamp_ms),
                   each.coordinator_epoch < 0 ? Json(nullptr) : Json(each.coordinator_epoch),
                   each.transaction_start ? Json(*each.transaction_start) : Json(nullptr)});
    }
  }
  return finish(session, listing);
}

/// What coordinators say of producers with a transaction, asked once for each.
class Coordinators {
 public:
  explicit Coordinators(Session& session) : session_(session) {}

  Status ask() {
    auto listed = client::list_transactions(*session_.cluster);
    if (!listed) return fail_with(std::move(listed));
    for (const auto& each : *listed) names_[each.producer_id] = each.transactional_id;
    return {};
  }
  /// Why no coordinator will end the transaction of a producer in a partition; "" when one will.
  Result<std::string> reason(const client::TopicPartition& of, const client::ActiveProducer& producer) {
    const auto name = names_.find(producer.producer_id);
    if (name == names_.end()) return "no coordinator knows the producer";
    auto known = described_.find(name->second);
    if (known == described_.end()) {
      auto described = client::describe_transaction(*session_.cluster, name->second);
      if (!described) return fail_with(std::move(described));
      known = described_.emplace(name->second, *std::move(described)).first;
    }
    const auto& partitions = known->second.partitions;
    if (std::ranges::find(partitions, of) != partitions.end()) return std::string();
    return fmt::format("'{}' has no transaction here", name->second);
  }

 private:
  Session& session_;
  std::map<std::int64_t, std::string> names_;
  std::map<std::string, client::TransactionDescription> described_;
};

Result<std::vector<client::TopicPartition>> searched(Session& session, const std::string& topic) {
  if (!topic.empty()) return partitions_of(session, topic);
  auto topics = session.cluster->topics();
  if (!topics) return fail_with(std::move(topics));
  std::vector<client::TopicPartition> all;
  for (const auto& each : *topics) {
    for (const auto& partition : each.partitions) all.push_back({.topic = each.name, .partition = partition.index});
  }
  return all;
}

ExitCode find_hanging(Session& session, const HangingOptions& options) {
  auto age = client::parse_duration(options.older_than);
  if (!age) return complain_usage("--older-than " + age.error().text);
  auto partitions = searched(session, options.topic);
  if (!partitions) return complain(partitions.error());
  Coordinators coordinators(session);
  if (auto asked = coordinators.ask(); !asked) return complain(asked.error());
  const std::int64_t youngest = wall_clock_ms() - age->count();
  Listing listing(kHangingKeys);
  for (const auto& of : *partitions) {
    auto active = client::active_producers(*session.cluster, of);
    if (!active) return complain(active.error());
    for (const auto& each : *active) {
      if (!each.transaction_start || each.last_timestamp_ms > youngest) continue;
      auto reason = coordinators.reason(of, each);
      if (!reason) return complain(reason.error());
      if (reason->empty()) continue;
      listing.add({of.topic, of.partition, each.producer_id, each.producer_epoch, *each.transaction_start,
                   time_or_null(each.last_timestamp_ms), *reason});
    }
  }
  return finish(session, listing);
}

/// The producer whose transaction begins at an offset of a partition.
Result<client::OpenTransaction> transaction_at(Session& session, const client::TopicPartition& of, std::int64_t start_offset) {
  auto active = client::active_producers(*session.cluster, of);
  if (!active) return fail_with(std::move(active));
  for (const auto& each : *active) {
    if (each.transaction_start != start_offset) continue;
    return client::OpenTransaction{.producer_id = each.producer_id,
                                   .producer_epoch = static_cast<std::int16_t>(each.producer_epoch),
                                   .coordinator_epoch = each.coordinator_epoch};
  }
  return fail(Errc::not_found,
              fmt::format("no transaction begins at offset {} of partition {} of topic '{}'", start_offset, of.partition, of.topic));
}

ExitCode abort_at(Session& session, const AbortOptions& options) {
  const client::TopicPartition of{.topic = options.topic, .partition = options.partition};
  auto open = transaction_at(session, of, options.start_offset);
  if (!open) return complain(open.error());
  if (!options.dry_run) {
    if (const Status written = client::write_abort_marker(*session.cluster, of, *open); !written) return complain(written.error());
  }
  Listing listing(kAbortKeys);
  listing.add({fmt::format("{}/{}@{}", of.topic, of.partition, options.start_offset), options.dry_run ? "would be aborted" : "aborted"});
  return finish(session, listing);
}

ExitCode abort_named(Session& session, const AbortOptions& options) {
  Tally tally;
  Listing listing(kAbortKeys);
  for (const std::string& id : options.ids) {
    Status aborted;
    if (options.dry_run) {
      if (auto known = client::describe_transaction(*session.cluster, id); !known) aborted = fail_with(std::move(known));
    } else {
      aborted = client::abort_transaction(*session.cluster, id);
    }
    tally.count(aborted ? ExitCode::ok : complain(aborted.error()));
    if (aborted) listing.add({id, options.dry_run ? "would be aborted" : "aborted"});
  }
  return finish_after(tally.code(), session, listing);
}

ExitCode abort(Session& session, const AbortOptions& options) {
  const bool is_place = !options.topic.empty() || options.partition >= 0 || options.start_offset >= 0;
  const bool is_whole_place = !options.topic.empty() && options.partition >= 0 && options.start_offset >= 0;
  if (options.ids.empty() == !is_place || is_place != is_whole_place)
    return complain_usage("say which: transactional ids, or --topic, --partition and --start-offset together");
  if (!options.yes && !options.dry_run) {
    const std::string question =
        is_place ? fmt::format("Abort the transaction at offset {} of partition {} of {}?", options.start_offset, options.partition,
                               options.topic)
                 : fmt::format("Abort what is open under {}, and fence its producer off?", fmt::join(options.ids, ", "));
    if (const auto refused = refused_by_user("transactions abort", question)) return *refused;
  }
  return is_place ? abort_at(session, options) : abort_named(session, options);
}

void add_abort(CLI::App& family, Session& session) {
  const auto [command, options] =
      add_command<AbortOptions>(family, session, {"abort", "Abort open transactions", {.keys = kAbortKeys}}, abort);
  command->add_option("id", options->ids, "transactional ids: what is open under them ends, and their producers are fenced off");
  command->add_option("-t,--topic", options->topic, "instead: of a transaction that find-hanging has found");
  command->add_option("-p,--partition", options->partition, "likewise")->check(CLI::NonNegativeNumber);
  command->add_option("--start-offset", options->start_offset, "likewise")->check(CLI::NonNegativeNumber);
  command->add_flag("-y,--yes", options->yes, "do not ask");
  command->add_flag("--dry-run", options->dry_run, "look whether it is there, and abort nothing");
  command->footer(
      "Examples:\n  streamline-cli transactions abort payments-1\n"
      "  streamline-cli transactions abort -t orders -p 0 --start-offset 4711 --yes\n"
      "  streamline-cli transactions abort payments-1 --dry-run");
}

}  // namespace

void add_transactions(CLI::App& app, Session& session) {
  CLI::App* family =
      app.add_subcommand("transactions", "List, describe and abort transactions, and find those that hang")->alias("transaction");
  family->footer("Examples:\n  streamline-cli transactions list --state Ongoing\n  streamline-cli transactions find-hanging");
  const auto listing = add_command<ListOptions>(*family, session, {"list", "List transactional ids", {.keys = kListKeys}}, list);
  listing.app->add_option("--state", listing.options->states, "only those in this state, any number of times")->allow_extra_args(false);
  listing.app->footer("Examples:\n  streamline-cli transactions list\n  streamline-cli transactions list --state Ongoing -o json");
  const auto described =
      add_command<DescribeOptions>(*family, session, {"describe", "Show states, times and partitions", {.keys = kDescribeKeys}}, describe);
  described.app->add_option("id", described.options->ids, "transactional ids")->required();
  described.app->footer(
      "Examples:\n  streamline-cli transactions describe payments-1\n  streamline-cli transactions describe payments-1 -o yaml");
  const auto known = add_command<ProducersOptions>(
      *family, session, {"producers", "Show the producers that partitions remember", {.keys = kProducersKeys}}, producers);
  known.app->add_option("topic", known.options->topic, "topic")->required();
  known.app->add_option("-p,--partition", known.options->partitions, "partitions, with commas between them (all without it)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->allow_extra_args(false);
  known.app->footer(
      "Examples:\n  streamline-cli transactions producers orders\n  streamline-cli transactions producers orders -p 0 -o json");
  const auto hanging = add_command<HangingOptions>(
      *family, session, {"find-hanging", "Find open transactions that no coordinator will end", {.keys = kHangingKeys}}, find_hanging);
  hanging.app->add_option("-t,--topic", hanging.options->topic, "look in this topic only");
  hanging.app->add_option("--older-than", hanging.options->older_than, "nothing was written for so long (15m)");
  hanging.app->footer(
      "Readers of committed records wait behind such a transaction for ever; 'transactions abort' ends it.\n\n"
      "Examples:\n  streamline-cli transactions find-hanging\n  streamline-cli transactions find-hanging -t orders --older-than 1h");
  add_abort(*family, session);
}

}  // namespace streamline::cli
