// Admission: lets accepted connections in. Those that come above max.connections, or faster than max.connection.creation.rate, wait:
// one is held here, the others in the kernel's backlog, as accepting pauses meanwhile. An address above its own limit is turned away
// (rule 16). Belongs to the accepting reactor's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>

#include "net/connection.h"
#include "net/descriptor.h"
#include "net/reactor.h"
#include "server/connection_quota.h"

namespace streamline::server {

/// What admission does to the rest of the server.
class Gate {
 public:
  /// The connection counts from now on.
  virtual void let_in(net::Descriptor socket, const net::ConnectionOrigin& origin) = 0;
  /// How long its address has to wait before it may open a connection; 0: it may now.
  virtual std::int64_t wait_ms(const net::Address& peer) = 0;
  virtual void pause_accepting() = 0;
  virtual void resume_accepting() = 0;

 protected:
  ~Gate() = default;
};

class Admission {
 public:
  /// `rate` = new connections per second; a second's worth may come at once.
  Admission(net::Reactor& reactor, ConnectionQuota& quota, std::int32_t rate, Gate& gate);

  /// A connection that was accepted. Not while one waits.
  void arrive(net::Descriptor socket, const net::ConnectionOrigin& origin);
  /// On the reactor's thread: who waits is looked at again.
  void set_rate(std::int32_t rate);
  /// Any thread: a connection has left the quota.
  void connection_left();
  /// Turns away who waits; for the server's end.
  void close();

 private:
  struct Newcomer {
    net::Descriptor socket;
    net::ConnectionOrigin origin;
  };
  void admit();
  bool take_token();
  void hold();
  void let_in();
  void on_retry(std::int64_t now_ms);
  void turn_away(Newcomer newcomer, std::int64_t wait_ms);
  void on_turned_away(std::int64_t now_ms);

  net::Reactor& reactor_;
  ConnectionQuota& quota_;
  std::int32_t rate_;
  Gate& gate_;
  double tokens_;
  std::int64_t filled_ms_;
  std::optional<Newcomer> newcomer_;
  bool has_token_ = false;  // the newcomer's
  bool paused_ = false;
  std::atomic<bool> waits_for_room_ = false;
  std::int64_t next_log_ms_ = 0;
  MemberTimer<Admission, &Admission::on_retry> retry_{*this};
  // Connections that came faster than their address may, by when they are closed: the delay keeps their owner from trying on and on.
  std::multimap<std::int64_t, net::Descriptor> turned_away_;
  MemberTimer<Admission, &Admission::on_turned_away> turned_away_timer_{*this};
};

}  // namespace streamline::server
