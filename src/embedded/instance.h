// Instance: one whole broker: files, broker, server, put together from properties and taken apart again in order.
// Used by main and by EmbeddedBroker. Belongs to its creator's thread; stop_now() may come from any.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "async/clock.h"
#include "base/result.h"
#include "broker/broker.h"
#include "config/properties.h"
#include "config/server_config.h"
#include "fs/file_system.h"
#include "server/server.h"

namespace streamline::embedded {

enum class Keep : std::uint8_t { on_disk, in_memory };

/// What failed at a start, for the exit code.
enum class StartPhase : std::uint8_t { configuration, data, topics, listening };
struct StartFailure {
  StartPhase phase;
  Error error;
};

struct InstanceOptions {
  config::Properties properties;
  Keep keep = Keep::on_disk;
  /// Sockets that listen already, served instead of the property `listeners`.
  std::vector<server::InheritedSocket> inherited = {};
};

class Instance {
 public:
  using Started = std::expected<std::unique_ptr<Instance>, StartFailure>;
  /// Serving when it returns, with every declared topic there before the first connection.
  static Started start(InstanceOptions options);
  /// Ends at once what stop() did not end; the next start recovers.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Drains connections for at most `deadline_ms`, then closes all logs cleanly.
  Status stop(std::int64_t deadline_ms);
  /// Any thread: cuts connections that stop() still waits for, and ends its syncs with the log that is at it; the next start recovers
  /// the others.
  void stop_now();

  const config::ServerConfig& config() const { return config_; }
  const std::vector<server::BoundListener>& listeners() const { return server_->listeners(); }
  broker::Broker& broker() { return *broker_; }
  server::Server& server() { return *server_; }
  /// Makes those that are missing. Any thread that may block.
  Status declare_topics(std::span<const config::DeclaredTopic> topics);

 private:
  explicit Instance(config::Properties properties);
  std::unexpected<StartFailure> gave_up(StartPhase phase, Error error);

  const config::Properties properties_;
  config::ServerConfig config_;
  SystemClock clock_;
  std::unique_ptr<fs::FileSystem> files_;
  std::unique_ptr<broker::Broker> broker_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace streamline::embedded
