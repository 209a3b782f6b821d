// Cluster: the brokers behind a bootstrap list, their topics, and connections to the right one; retries with fresh metadata.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/broker_error.h"
#include "client/connection.h"

namespace streamline::client {

struct ClusterOptions {
  ConnectionOptions connection;
  /// One operation with all its retries.
  std::chrono::milliseconds total_timeout{30'000};
  std::chrono::milliseconds retry_pause{100};
};

struct Partition {
  std::int32_t index = 0;
  NodeId leader{-1};
  std::int32_t leader_epoch = -1;
  std::vector<std::int32_t> replicas;
  std::vector<std::int32_t> in_sync;
};

struct Topic {
  std::string name;
  TopicId id;
  bool internal = false;
  /// Ascending by index.
  std::vector<Partition> partitions;
};

/// A broker, and the address that it tells clients to come to.
struct Broker {
  NodeId id{-1};
  Address address;
};

/// What to do about a topic that does not exist: `create` lets the broker make it, where its configuration allows; `await` waits, because
/// it was just made, and Kafka's brokers learn of it after the answer.
enum class Missing : std::uint8_t { fail, create, await };

/// What a coordinator is asked for; Kafka's numbers.
enum class Coordinates : std::int8_t { group = 0, transaction = 1 };

/// Either what an attempt made, or why not and whether it may be tried again.
template <class T>
using Attempt = std::expected<T, Failure>;

/// Belongs to one thread. Connections are opened on first use and dropped after an error.
class Cluster {
 public:
  /// No I/O. `bootstrap` is not empty.
  Cluster(std::vector<Address> bootstrap, ClusterOptions options) : bootstrap_(std::move(bootstrap)), options_(std::move(options)) {}

  /// Every topic, freshly asked, ascending by name; topic() then knows them all.
  Result<std::vector<Topic>> topics();
  /// One topic, from memory when it was asked before. The pointer lives until forget(), topics(), or the next topic().
  Result<const Topic*> topic(std::string_view name, Missing missing = Missing::fail);
  void forget(std::string_view topic) { topics_.erase(std::string(topic)); }

  /// Where the brokers say that they are, freshly asked, ascending by id.
  Result<std::vector<Broker>> brokers();
  /// A broker that answers; any will do.
  Attempt<Connection*> any();
  Attempt<Connection*> controller();
  /// not_found when the brokers name none with this id.
  Attempt<Connection*> broker(NodeId id);
  Attempt<Connection*> leader_of(std::string_view topic, std::int32_t partition);
  /// Asked anew each time. `key` is a group or a transactional id.
  Attempt<Connection*> coordinator_of(std::string_view key, Coordinates what = Coordinates::group);
  /// Every broker there is, freshly asked.
  Attempt<std::vector<Connection*>> everybody();
  /// Closes a connection; the next use opens another.
  void close(const Connection* connection);
  /// Closes a connection that failed and turns its error into an attempt's.
  std::unexpected<Failure> drop(const Connection* connection, Error error);

  /// Runs `work` (which gives an Attempt) until it succeeds, fails for good, or the time is up. Between tries the topic's metadata is
  /// forgotten.
  template <class Work, class T = std::invoke_result_t<Work>::value_type>
  Result<T> retry(std::string_view topic, Work&& work) {
    const Deadline deadline = deadline_in(options_.total_timeout);
    while (true) {
      auto attempt = work();
      if (attempt) return *std::move(attempt);
      if (!attempt.error().retriable || left_until(deadline) < options_.retry_pause)
        return std::unexpected(std::move(attempt).error().error);
      if (auto paused = pause(options_.retry_pause, options_.connection.cancel_fd); !paused) return fail_with(std::move(paused));
      forget(topic);
    }
  }
  const ClusterOptions& options() const { return options_; }

 private:
  Attempt<Connection*> connect(const Broker& node);
  /// Asks for one topic, or for all when `name` is null; also learns the brokers.
  Attempt<std::vector<Topic>> ask(const std::string_view* name, Missing missing);

  std::vector<Address> bootstrap_;
  ClusterOptions options_;
  std::map<NodeId, Broker> nodes_;
  NodeId controller_{-1};
  /// The bootstrap connection counts as node kBootstrapNode.
  std::map<NodeId, Connection> connections_;
  std::map<std::string, Topic> topics_;
};

}  // namespace streamline::client
