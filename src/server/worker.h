// Worker: one reactor thread with its connections, between the dispatcher's attach and detach.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>

#include "broker/dispatcher.h"
#include "net/connection_set.h"
#include "net/reactor.h"
#include "server/connection_quota.h"

namespace streamline::server {

/// Told from the worker's thread.
class WorkerObserver {
 public:
  virtual void on_attached() = 0;
  /// Once after drain(): no connection is left.
  virtual void on_drained() = 0;
  /// A connection is gone, and out of the quota.
  virtual void on_connection_left() = 0;

 protected:
  ~WorkerObserver() = default;
};

/// Thread rule: start() and join() by the owner, the rest by any thread.
class Worker final : private net::TurnHook, private net::CloseObserver {
 public:
  struct Parts {
    int index;
    broker::Dispatcher& dispatcher;
    const net::ConnectionLimits& limits;
    ConnectionQuota& quota;
    WorkerObserver& observer;
  };
  Worker(const Parts& parts, std::unique_ptr<net::Reactor> reactor) : parts_(parts), reactor_(std::move(reactor)) {}

  /// Starts the thread, in which every signal is blocked: they are the main program's business.
  void start();
  /// Serves a socket that has entered the quota; it leaves the quota when it is gone.
  void hand_over(net::Descriptor socket, const net::ConnectionOrigin& origin);
  void drain();
  /// Closes every connection and ends the loop.
  void stop();
  void join() { thread_.join(); }

  net::Reactor& reactor() { return *reactor_; }
  /// Connections handed over and not yet gone.
  std::size_t load() const { return load_.load(std::memory_order_relaxed); }

 private:
  void run();
  void on_turn_end(net::TurnPhase phase) override;
  void on_connection_gone(const net::ConnectionOrigin& origin) override;

  Parts parts_;
  std::unique_ptr<net::Reactor> reactor_;
  std::atomic<std::size_t> load_ = 0;
  std::thread thread_;
  // of the worker's thread
  std::optional<net::ConnectionSet> connections_;
  bool draining_ = false;
};

}  // namespace streamline::server
