// Socket: a blocking TCP connection whose every wait has a deadline and can be broken off from a signal handler.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "client/address.h"
#include "client/deadline.h"

namespace streamline::client {

/// Waits for `time`, or less when `cancel_fd` becomes readable (then closed). -1 = none.
Status pause(std::chrono::milliseconds time, int cancel_fd);

/// Owns its descriptor. Belongs to one thread. Errors: closed (refused, reset, ended, cancelled), timed_out; texts name the peer.
class Socket {
 public:
  /// Tries every address that the name has, IPv6 and IPv4, until one answers. The name look-up itself has no deadline.
  static Result<Socket> connect(const Address& address, Deadline deadline, int cancel_fd);
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  Status send_all(ByteView bytes, Deadline deadline);
  /// Fills `into`.
  Status receive(MutableBytes into, Deadline deadline);

 private:
  Socket(int fd, int cancel_fd, const Address& peer) : fd_(fd), cancel_fd_(cancel_fd), peer_(peer) {}
  Status wait(short events, Deadline deadline) const;
  std::unexpected<Error> fail_now(const char* doing) const;

  int fd_;
  int cancel_fd_;
  Address peer_;
};

}  // namespace streamline::client
