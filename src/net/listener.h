// Listener: a bound address that accepts. When descriptors run out it gives up a reserved one to accept and shut the newcomer
// politely instead of spinning (rule 143). It does not know connections: each accepted socket goes to its sink.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/address.h"
#include "net/descriptor.h"
#include "net/reactor.h"

namespace streamline::net {

/// Receives accepted sockets on the listener's reactor: non-blocking, TCP_NODELAY and keepalive set.
class AcceptSink {
 public:
  virtual void on_accepted(Descriptor socket, const Address& peer, std::string_view listener_name) = 0;

 protected:
  ~AcceptSink() = default;
};

struct ListenerOptions {
  std::string name = "PLAINTEXT";
  Address address;
  int backlog = 1024;
};

/// Belongs to its reactor's thread once open() was called there.
class Listener final : public Handler {
 public:
  /// Binds and listens. The error names the address and the reason; unsupported: the machine has no such address,
  /// already_exists: it is in use.
  static Result<std::unique_ptr<Listener>> bind(Reactor& reactor, const ListenerOptions& options);
  /// Takes over a socket that somebody else bound and that listens already. invalid_argument: it is no listening TCP socket.
  static Result<std::unique_ptr<Listener>> adopt(Reactor& reactor, Descriptor socket, const std::string& name);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Accepts from now on.
  Status open(AcceptSink& sink);
  /// Newcomers wait in the backlog until resume().
  void pause();
  void resume();
  /// Stops accepting and closes the socket, so that the port is free.
  void close();
  /// What it is bound to, port 0 resolved (rule 140).
  const Address& address() const { return address_; }
  const std::string& name() const { return name_; }
  /// Accepted and shut at once because no descriptor was left.
  std::uint64_t shed() const { return shed_.value(); }

 private:
  static constexpr int kAcceptsPerTurn = 64;

  Listener(Reactor& reactor, Descriptor socket, std::string name);
  void on_ready(std::uint32_t events) override;
  bool accept_one();
  bool shed_one(int error_number);
  void listen_again();
  void on_shortage_over(std::int64_t now_ms);

  Reactor& reactor_;
  Descriptor socket_;
  Descriptor reserve_;
  std::string name_;
  Address address_;
  AcceptSink* sink_ = nullptr;
  bool paused_ = false;
  Counter shed_;
  std::int64_t next_log_ms_ = 0;
  MemberTimer<Listener, &Listener::on_shortage_over> shortage_{*this};
};

}  // namespace streamline::net
