// Server: reactor threads, listeners, limits and the orderly end. It wires sockets to a dispatcher and knows no API.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "async/clock.h"
#include "base/result.h"
#include "net/connection_limits.h"
#include "net/listener.h"
#include "net/reactor.h"
#include "server/connection_quota.h"

namespace streamline::broker {
class Dispatcher;
}

namespace streamline::server {

struct ListenOn {
  std::string name = "PLAINTEXT";
  std::string host = "127.0.0.1";
  std::uint16_t port = 9092;  ///< 0: any free one
};

struct ServerOptions {
  std::vector<ListenOn> listeners;
  /// Reactor threads; 0 means one per core.
  int reactors = 0;
  net::ConnectionLimits limits;
  QuotaLimits quota;
};

struct BoundListener {
  std::string name;
  std::string host;  ///< as asked for
  net::Address address;
};

/// Thread rule: start() and the destructor by one owner; the rest by any thread.
class Server {
 public:
  /// `dispatcher` and `clock` must outlive the server.
  Server(ServerOptions options, broker::Dispatcher& dispatcher, const Clock& clock);
  /// As stop_now().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds every listener, starts the threads, attaches the dispatcher to each, then accepts. On an error nothing is left running.
  Status start();
  /// The addresses served, ports resolved (rule 140), in the order of the options; a host name may give several. Fixed by start().
  const std::vector<BoundListener>& listeners() const { return bound_; }
  /// Orderly end (rule 141): stop accepting, finish what is in flight, send it, close; after `deadline_ms` close what is left.
  /// Returns when no thread and no descriptor remains. Fails with timed_out when connections had to be cut.
  Status drain(std::int64_t deadline_ms);
  /// Closes everything at once, also while another thread is in drain().
  void stop_now();

  int reactor_count() const { return static_cast<int>(workers_.size()); }
  /// Lives as long as the server; for counters and posted tasks.
  net::Reactor& reactor(int index);
  std::size_t connection_count() const { return quota_.open_count(); }
  const ConnectionQuota& quota() const { return quota_; }

 private:
  class Worker;
  class Acceptor;

  Status bind_all();
  void start_threads();
  Status await_ready();
  void close_listeners();
  void join_all();

  ServerOptions options_;
  broker::Dispatcher& dispatcher_;
  const Clock& clock_;
  ConnectionQuota quota_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<net::Listener>> sockets_;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<BoundListener> bound_;

  std::mutex mutex_;  // guards the fields below
  std::condition_variable changed_;
  bool stop_now_ = false;
  bool ended_ = false;
};

}  // namespace streamline::server
