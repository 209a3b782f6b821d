// WholeBroker: a broker and its server as src/embedded puts them together, on any file system and clock, with their parts in reach.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/clock.h"
#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "config/properties.h"
#include "config/server_config.h"
#include "fs/file_system.h"
#include "handlers/api_table.h"
#include "server/server.h"

namespace streamline::test {

struct WholeBrokerOptions {
  fs::FileSystem& files;
  std::string data_directory = "data";
  int reactors = 1;
  std::vector<std::pair<std::string, std::string>> properties = {};
  /// The machine's when null.
  const Clock* clock = nullptr;
  /// The broker's own when null.
  broker::TransactionVerifier* transaction_verifier = nullptr;
  /// Syncs that take less may run on a reactor; 0 where a test holds them, and the reactor has to go on.
  std::chrono::nanoseconds quick_sync = broker::Syncer::kQuick;
};

class WholeBroker {
 public:
  explicit WholeBroker(const WholeBrokerOptions& options) : clock_(options.clock != nullptr ? *options.clock : system_clock_) {
    set("listeners", "PLAINTEXT://127.0.0.1:0");
    set("log.dirs", options.data_directory);
    for (const auto& [key, value] : options.properties) set(key, value);
    auto config = config::make_server_config(properties_);
    REQUIRE(config);
    config_ = *std::move(config);
    config_.reactor_count = static_cast<std::size_t>(options.reactors);
    auto opened = broker::Broker::open({.config = config_,
                                        .properties = properties_,
                                        .file_system = options.files,
                                        .clock = clock_,
                                        .apis = handlers::api_table(),
                                        .quick_sync = options.quick_sync});
    if (!opened) FAIL(opened.error().text);
    broker_ = *std::move(opened);
    if (options.transaction_verifier != nullptr) broker_->set_transaction_verifier(options.transaction_verifier);
    server::ServerOptions server_options;
    server_options.listeners = {{.name = "PLAINTEXT", .host = "127.0.0.1", .port = 0}};
    server_options.reactors = options.reactors;
    server_ = std::make_unique<server::Server>(server_options, *broker_, clock_);
    REQUIRE(server_->start());
  }
  ~WholeBroker() { server_->stop_now(); }

  /// Orderly.
  Status stop() {
    Status drained = server_->drain(10'000);
    Status closed = broker_->close();
    return closed ? std::move(drained) : std::move(closed);
  }
  std::uint16_t port() const { return server_->listeners().front().address.port(); }
  broker::Broker& broker() { return *broker_; }
  server::Server& server() { return *server_; }
  void create_topic(std::string_view name, std::int32_t partitions = 1) {
    catalog::NewTopic wanted;
    wanted.name = name;
    wanted.partition_count = partitions;
    REQUIRE(broker_->catalog().create(wanted, clock_.wall_ms()));
  }
  std::shared_ptr<broker::Partition> partition(std::string_view topic, std::size_t index = 0) {
    const auto found = broker_->catalog().snapshot()->share(topic);
    REQUIRE(found != nullptr);
    return broker::partitions_of(*found).partitions.at(index);
  }

 private:
  void set(const std::string& key, const std::string& value) {
    const Status set = properties_.set(key, {.value = value, .source = config::Source::flag, .origin = "test"});
    if (!set) FAIL(set.error().text);
  }

  SystemClock system_clock_;
  const Clock& clock_;
  config::Properties properties_;
  config::ServerConfig config_;
  std::unique_ptr<broker::Broker> broker_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace streamline::test
