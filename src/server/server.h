// Server: reactor threads, listeners, limits and the orderly end. It wires sockets to a dispatcher and knows no API.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "async/clock.h"
#include "base/result.h"
#include "net/connection_limits.h"
#include "net/listener.h"
#include "net/reactor.h"
#include "server/admission.h"
#include "server/connection_quota.h"
#include "server/worker.h"

namespace streamline::server {

struct ListenOn {
  std::string name = "PLAINTEXT";
  std::string host = "127.0.0.1";
  std::uint16_t port = 9092;  ///< 0: any free one, the same for every address of the host
  /// Does without it when the machine has no such address, as [::1] without IPv6; another listener must remain.
  bool skip_when_unavailable = false;
};

/// A socket that listens already, bound by whoever started this process.
struct InheritedSocket {
  std::string name = "PLAINTEXT";
  int descriptor = -1;  ///< the server's from start() on
};

struct ServerOptions {
  std::vector<ListenOn> listeners;
  /// When not empty: served instead of `listeners`.
  std::vector<InheritedSocket> inherited = {};
  /// Reactor threads; 0 means one per core.
  int reactors = 0;
  net::ConnectionLimits limits;
  QuotaLimits quota;
  std::int32_t max_connection_rate = INT32_MAX;  ///< max.connection.creation.rate, per second
};

struct BoundListener {
  std::string name;
  std::string host;  ///< as asked for
  net::Address address;
};

/// Thread rule: start() and the destructor by one owner; the rest by any thread.
class Server final : private net::AcceptSink, private WorkerObserver, private Gate {
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
  /// Returns when no thread and no socket remains. Fails with timed_out when connections had to be cut.
  /// A second caller only waits for the first one's end.
  Status drain(std::int64_t deadline_ms);
  /// Closes everything at once, also while another thread is in drain().
  void stop_now();

  /// Any thread, while it serves: limits of connections that change while the server runs.
  void set_limits(const QuotaLimits& quota, std::int32_t max_connection_rate);

  int reactor_count() const { return static_cast<int>(workers_.size()); }
  /// Lives as long as the server, so that tasks may be posted to it at any time; from the end of the loop on they no longer run.
  net::Reactor& reactor(int index) { return workers_[static_cast<std::size_t>(index)]->reactor(); }
  /// Whether every reactor has been through its loop since the last call, or was asked for the first time by it: false when one is stuck.
  /// By one thread.
  bool turns_since_last_asked();
  std::size_t connection_count() const { return quota_.open_count(); }
  const ConnectionQuota& quota() const { return quota_; }

 private:
  Status create_workers();
  Status bind_all();
  Status adopt_all();
  Status bind_host(const ListenOn& on);
  Status bind_addresses(const ListenOn& on, const std::vector<net::Address>& addresses);
  Status open_listeners();
  void begin_drain();
  bool await_drained(std::int64_t deadline_ms);
  void join_all();

  void on_accepted(net::Descriptor socket, const net::Address& peer, std::string_view listener_name) override;
  void on_attached() override;
  void on_drained() override;
  void on_connection_left() override;
  void let_in(net::Descriptor socket, const net::ConnectionOrigin& origin) override;
  std::int64_t wait_ms(const net::Address& peer) override { return dispatcher_.connection_wait_ms(peer); }
  void pause_accepting() override;
  void resume_accepting() override;

  ServerOptions options_;
  broker::Dispatcher& dispatcher_;
  const Clock& clock_;
  ConnectionQuota quota_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<net::Listener>> sockets_;  // all on the first worker's reactor; they outlive the connections
  std::vector<BoundListener> bound_;
  std::unique_ptr<Admission> admission_;  // of the first worker's thread

  std::vector<std::unique_ptr<std::atomic<bool>>> asked_;  // one per worker: a question that its loop has not come to yet

  std::mutex mutex_;  // guards the fields below
  std::condition_variable changed_;
  std::size_t attached_ = 0;
  std::size_t drained_ = 0;
  bool running_ = false;
  bool ending_ = false;
  bool stop_now_ = false;
};

}  // namespace streamline::server
