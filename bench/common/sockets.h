// Loopback sockets for the bench: an owned descriptor, listening, connecting, and blocking exact reads and writes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::bench {

/// Owns a file descriptor; closes it when destroyed.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Listens on 127.0.0.1; port 0 takes a free one.
Result<Fd> listen_on(std::uint16_t port);
Result<std::uint16_t> bound_port(const Fd& socket);
/// A blocking connection with TCP_NODELAY to an IPv4 address, or to localhost.
Result<Fd> connect_to(const std::string& host, std::uint16_t port);
Status set_nodelay(int fd);
Status set_nonblocking(int fd);
Status write_all(int fd, ByteView bytes);
/// Fills `into`; a peer that closes early is Errc::closed.
Status read_exactly(int fd, MutableBytes into);

}  // namespace streamline::bench
