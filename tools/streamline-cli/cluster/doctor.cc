// doctor: does by itself what a client does, step by step, and says at which one it goes wrong and what to do.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "client/address.h"
#include "client/connection.h"
#include "commands.h"

namespace streamline::cli {

namespace {

struct DoctorOptions {};

constexpr std::array kDoctorKeys = {
    Column{"check", "CHECK", "bootstrap, advertised or partitions"},
    Column{"subject", "SUBJECT", "address or topic that was looked at"},
    Column{"status", "STATUS", "ok or failed"},
    Column{"detail", "DETAIL", "what was seen"},
    Column{"advice", "ADVICE", "what to do about it; null: nothing", Type::text_or_null},
};

class Doctor {
 public:
  explicit Doctor(Session& session) : session_(session), listing_(kDoctorKeys) {}

  ExitCode examine() {
    auto bootstrap = client::parse_bootstrap(session_.bootstrap);
    if (!bootstrap) return complain_usage("--bootstrap: " + bootstrap.error().text);
    std::vector<client::Address> reached;
    for (const client::Address& address : *bootstrap) {
      if (reaches("bootstrap", address,
                  "start the broker, or give its address with -b host:port; a firewall or a port that is not published looks the same"))
        reached.push_back(address);
    }
    if (!reached.empty()) look_at_brokers(reached);
    const ExitCode printed = finish(session_, listing_);
    if (printed != ExitCode::ok || failed_ == 0) return printed;
    return reached.empty() ? ExitCode::unreachable : ExitCode::failed;
  }

 private:
  void good(std::string_view check, const std::string& subject, const std::string& detail) {
    listing_.add({check, subject, "ok", detail, nullptr});
  }
  void bad(std::string_view check, const std::string& subject, const std::string& detail, const std::string& advice) {
    ++failed_;
    listing_.add({check, subject, "failed", detail, advice});
  }
  bool reaches(std::string_view check, const client::Address& address, const std::string& advice) {
    const std::string name = client::to_string(address);
    auto opened = client::Connection::open(address, session_.cluster->options().connection);
    if (opened) {
      good(check, name, fmt::format("answers with {} APIs", opened->broker_versions().size()));
      return true;
    }
    const bool speaks_other = opened.error().code == Errc::malformed || opened.error().code == Errc::unsupported;
    bad(check, name, opened.error().text, speaks_other ? "something else listens there: give the port of the Kafka listener" : advice);
    return false;
  }
  /// The trap that most people fall into: the first address works, and the one that clients are sent to does not.
  void look_at_brokers(const std::vector<client::Address>& reached) {
    auto brokers = session_.cluster->brokers();
    if (!brokers)
      return bad("advertised", client::to_string(reached.front()), brokers.error().text, "ask the broker's log why it tells no brokers");
    for (const client::Broker& broker : *brokers) {
      const std::string name = client::to_string(broker.address);
      if (std::ranges::find(reached, broker.address) != reached.end()) {
        good("advertised", name, fmt::format("broker {} sends clients to the address that they came to", broker.id.value));
        continue;
      }
      reaches("advertised", broker.address,
              fmt::format(
                  "broker {} sends clients to {}, where they cannot get from here: set advertised.listeners to an address that they can "
                  "reach, such as {} (in the environment KAFKA_ADVERTISED_LISTENERS)",
                  broker.id.value, name, client::to_string(reached.front())));
    }
    look_at_partitions();
  }
  void look_at_partitions() {
    auto topics = session_.cluster->topics();
    if (!topics) return bad("partitions", "topics", topics.error().text, "ask the broker's log why it tells no topics");
    std::size_t partitions = 0;
    for (const auto& topic : *topics) {
      std::size_t leaderless = 0;
      std::size_t behind = 0;
      for (const auto& partition : topic.partitions) {
        ++partitions;
        leaderless += partition.leader.value < 0 ? 1U : 0U;
        behind += partition.in_sync.size() < partition.replicas.size() ? 1U : 0U;
      }
      if (leaderless > 0)
        bad("partitions", topic.name, fmt::format("{} partitions have no leader", leaderless), "start the brokers that hold them");
      if (behind > 0)
        bad("partitions", topic.name, fmt::format("{} partitions have replicas that lag", behind), "look at the brokers that hold them");
    }
    if (failed_ == 0) good("partitions", "all topics", fmt::format("{} partitions have a leader and all replicas", partitions));
  }

  Session& session_;
  Listing listing_;
  std::size_t failed_ = 0;
};

ExitCode doctor(Session& session, const DoctorOptions&) { return Doctor(session).examine(); }

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  const auto command = add_command<DoctorOptions>(
      app, session, {"doctor", "Find out why clients do not get through: addresses, protocol, leaders", {.keys = kDoctorKeys}}, doctor);
  command.app->footer(
      "Examples:\n  streamline-cli doctor\n  streamline-cli -b broker.example:9092 doctor\n  streamline-cli doctor -o json");
}

}  // namespace streamline::cli
