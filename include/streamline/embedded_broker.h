// EmbeddedBroker: a whole Kafka broker inside this process, for tests. Any Kafka client connects to it over TCP.
//
//   streamline::EmbeddedBroker broker;                 // in memory, on 127.0.0.1 and a free port, ready on return
//   broker.create_topic("orders", 3);
//   producer.connect(broker.bootstrap());              // "127.0.0.1:41873"
//
// Several may live in one process. No signal handler, no standard output, no state outside the object: after destruction no
// thread, file or descriptor is left.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamline {

struct EmbeddedOptions {
  /// Where records are kept; empty = in memory, gone with the object. One broker at a time may use a directory.
  std::string data_directory;
  /// Port on 127.0.0.1; 0 = any free one.
  std::uint16_t port = 0;
  /// Any property of the broker, by Kafka's name, as in its configuration file: {"num.partitions", "3"}.
  std::vector<std::pair<std::string, std::string>> properties;
};

class [[gnu::visibility("default")]] EmbeddedBroker {
 public:
  /// Ready on return unless error() says why not.
  explicit EmbeddedBroker(const EmbeddedOptions& options = {});
  /// As stop().
  ~EmbeddedBroker();
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

  /// Serving. False after a failed start and after stop().
  bool running() const { return instance_ != nullptr; }
  /// Why the last call failed; empty when it did not.
  const std::string& error() const { return error_; }
  /// "127.0.0.1:41873", for a client's bootstrap.servers; empty when the start failed. Stays after stop().
  const std::string& bootstrap() const { return bootstrap_; }

  /// The topic is usable on return. False, and error(), when it exists or its name or count is not allowed.
  bool create_topic(std::string_view name, std::int32_t partitions = 1);
  /// Orderly end: answers what is in flight, at most for `deadline`, and syncs a data directory. False when connections had to be
  /// cut or files could not be synced.
  bool stop(std::chrono::milliseconds deadline = std::chrono::seconds(5));

 private:
  class Instance;
  std::unique_ptr<Instance> instance_;
  std::string bootstrap_;
  std::string error_;
};

}  // namespace streamline
