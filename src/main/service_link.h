// ServiceLink: what the service that started this process wants to hear (sd_notify(3)): ready, reloading, stopping, a word on the state,
// and a sign of life for its watchdog. One datagram each to the socket that NOTIFY_SOCKET names; without it nothing happens.
// Belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/server.h"

namespace streamline::main_program {

class ServiceLink {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  ServiceLink();
  ~ServiceLink();
  ServiceLink(const ServiceLink&) = delete;
  ServiceLink& operator=(const ServiceLink&) = delete;

  void status(std::string_view text) const;
  void ready(std::string_view text) const;
  void reloading() const;
  void stopping() const;
  void alive() const;
  /// Half of what the watchdog allows; 0 = there is none.
  std::int64_t sign_of_life_ms() const { return sign_of_life_ms_; }

 private:
  void send(std::string_view text) const;

  std::string address_;  // of the socket, as in sockaddr_un; empty = none
  int socket_ = -1;
  std::int64_t sign_of_life_ms_ = 0;
};

/// Listening sockets that were handed over (sd_listen_fds(3)): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES. A name that is one of
/// `listener_names` gives the socket to that listener; every other socket is PLAINTEXT. Errc::invalid_argument: numbers that make no sense.
Result<std::vector<server::InheritedSocket>> handed_over_sockets(const std::vector<std::string>& listener_names);

}  // namespace streamline::main_program
