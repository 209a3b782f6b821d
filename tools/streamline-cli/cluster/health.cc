// health: whether a broker answers, and waiting until it does.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "client/address.h"
#include "client/offset_spec.h"
#include "client/socket.h"
#include "commands.h"

namespace streamline::cli {

namespace {

struct HealthOptions {
  std::string wait;
};

constexpr std::array kHealthKeys = {
    Column{"status", "STATUS", "ok: brokers answer, and every partition has a leader; degraded: some have none"},
    Column{"brokers", "BROKERS", "how many there are", Type::integer},
    Column{"topics", "TOPICS", "how many there are, internal ones too", Type::integer},
    Column{"partitions", "PARTITIONS", "of all topics", Type::integer},
    Column{"leaderless", "LEADERLESS", "partitions that take no records", Type::integer},
    Column{"answer_ms", "ANSWER-MS", "how long connecting and asking took", Type::integer},
};

struct Health {
  std::size_t brokers = 0;
  std::size_t topics = 0;
  std::size_t partitions = 0;
  std::size_t leaderless = 0;
  std::int64_t answer_ms = 0;
};

Result<Health> look(client::Cluster& cluster) {
  const auto begun = std::chrono::steady_clock::now();
  auto topics = cluster.topics();
  if (!topics) return fail_with(std::move(topics));
  auto brokers = cluster.brokers();
  if (!brokers) return fail_with(std::move(brokers));
  Health health{.brokers = brokers->size(), .topics = topics->size()};
  for (const auto& topic : *topics) {
    health.partitions += topic.partitions.size();
    for (const auto& partition : topic.partitions) health.leaderless += partition.leader.value < 0 ? 1U : 0U;
  }
  health.answer_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
  return health;
}

/// Asks again and again until a broker answers or the time is up; a new client each time, for a broker that starts has had no connection.
Result<Health> wait_for(Session& session, std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kPause(100);
  const client::Deadline deadline = client::deadline_in(time);
  while (true) {
    auto bootstrap = client::parse_bootstrap(session.bootstrap);
    if (!bootstrap) return fail_with(std::move(bootstrap));
    client::ClusterOptions options = session.cluster->options();
    const auto left = std::max(client::left_until(deadline), kPause);
    options.total_timeout = std::min(options.total_timeout, left);
    options.connection.connect_timeout = std::min(options.connection.connect_timeout, left);
    options.connection.request_timeout = std::min(options.connection.request_timeout, left);
    client::Cluster cluster(*std::move(bootstrap), options);
    auto health = look(cluster);
    if (health || client::left_until(deadline) < kPause) return health;
    if (auto paused = client::pause(kPause, session.interrupt_fd); !paused) return fail_with(std::move(paused));
  }
}

ExitCode health(Session& session, const HealthOptions& options) {
  std::optional<std::chrono::milliseconds> time;
  if (!options.wait.empty()) {
    auto wait = client::parse_duration(options.wait);
    if (!wait) return complain_usage("--wait " + wait.error().text);
    time = *wait;
  }
  auto found = time ? wait_for(session, *time) : look(*session.cluster);
  if (!found) {
    complain(found.error());
    // Whatever the reason: the broker is not there for clients.
    return ExitCode::unreachable;
  }
  Listing listing(kHealthKeys);
  listing.add(
      {found->leaderless == 0 ? "ok" : "degraded", found->brokers, found->topics, found->partitions, found->leaderless, found->answer_ms});
  const ExitCode printed = finish(session, listing);
  return printed == ExitCode::ok && found->leaderless > 0 ? ExitCode::failed : printed;
}

}  // namespace

void add_health(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<HealthOptions>(
      app, session, {"health", "Show whether brokers answer; exit code 6 when not", {.keys = kHealthKeys}}, health);
  command->add_option("--wait", options->wait, "keep asking for so long until one answers");
  command->footer("Examples:\n  streamline-cli health\n  streamline-cli health --wait 30s\n  streamline-cli health -o json");
}

}  // namespace streamline::cli
