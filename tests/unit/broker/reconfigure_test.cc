// A configuration that is read again while the broker runs: below what clients set, all of it or nothing, and told to the watcher.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "config/server_config.h"
#include "fs/memory_file_system.h"
#include "support/whole_broker.h"

namespace streamline::broker {
namespace {

using config::Source;

class Running {
 public:
  Running(const std::string& key, const std::string& value) : whole_({.files = files_, .properties = {{key, value}}}) {
    loaded_ = with(key, value);
  }
  Broker& broker() { return whole_.broker(); }
  /// What was loaded at the start, but for one key.
  config::Properties with(const std::string& key, const std::string& value) const {
    config::Properties changed = loaded_;
    const Status set = changed.set(key, {value, Source::file, "test"});
    if (!set) FAIL(set.error().text);
    return changed;
  }
  std::string value(std::string_view key) { return broker().properties()->string(key); }
  void set_by_client(catalog::NamedConfig configs) {
    REQUIRE(broker().broker_configs().change("", [&configs](const catalog::NamedConfig&) { return configs; }));
    broker().reconfigure();
  }

 private:
  fs::MemoryFileSystem files_;
  test::WholeBroker whole_;
  config::Properties loaded_;
};

TEST_CASE("what is read again takes effect, and what clients set stays above it") {
  Running running("log.retention.ms", "1000");
  REQUIRE(running.broker().reload(running.with("log.retention.ms", "2000")));
  CHECK(running.value("log.retention.ms") == "2000");
  running.set_by_client({{"log.retention.ms", "3000"}});
  REQUIRE(running.broker().reload(running.with("log.retention.ms", "4000")));
  CHECK(running.value("log.retention.ms") == "3000");
  running.set_by_client({});
  CHECK(running.value("log.retention.ms") == "4000");
}

TEST_CASE("what is no longer read stands at its default") {
  Running running("log.retention.ms", "1000");
  REQUIRE(running.broker().reload({}));
  CHECK(running.broker().properties()->find("log.retention.ms") == nullptr);
}

TEST_CASE("what makes no configuration changes nothing") {
  Running running("log.retention.ms", "1000");
  config::Properties wrong = running.with("log.retention.ms", "2000");
  REQUIRE(wrong.set("memory.limit.bytes", {"1", Source::file, "test"}));
  const Status reloaded = running.broker().reload(wrong);
  REQUIRE_FALSE(reloaded);
  CHECK(reloaded.error().code == Errc::invalid_config);
  CHECK(running.value("log.retention.ms") == "1000");
  running.broker().reconfigure();
  CHECK(running.value("log.retention.ms") == "1000");
}

TEST_CASE("who copied values is told of both kinds of change") {
  Running running("max.connections", "10");
  std::vector<int> told;
  running.broker().watch_config([&told](const config::ServerConfig& now) { told.push_back(now.max_connections); });
  REQUIRE(running.broker().reload(running.with("max.connections", "20")));
  running.set_by_client({{"max.connections", "30"}});
  REQUIRE(running.broker().reload(running.with("max.connections", "40")));
  CHECK(told == std::vector{10, 20, 30, 30});
  running.broker().watch_config({});
}

}  // namespace
}  // namespace streamline::broker
