// Sockets in non-blocking mode, with poll in front of every step.
#include "client/socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace streamline::client {

namespace {

std::string text_of(int error_number) { return std::generic_category().message(error_number); }

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> resolve(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return fail(Errc::closed, fmt::format("cannot resolve '{}': {}", address.host, gai_strerror(error)));
  return AddressList(found, &freeaddrinfo);
}

Status wait_for(int fd, short events, Deadline deadline, int cancel_fd, const Address& peer) {
  std::array<pollfd, 2> watched = {pollfd{.fd = fd, .events = events, .revents = 0},
                                   pollfd{.fd = cancel_fd, .events = POLLIN, .revents = 0}};
  while (true) {
    const int ready = poll(watched.data(), watched.size(), static_cast<int>(left_until(deadline).count()));
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
    if (ready > 0 && watched[1].revents != 0) return fail(Errc::closed, "interrupted");
    if (ready > 0) return {};
    if (left_until(deadline).count() == 0) return fail(Errc::timed_out, fmt::format("no answer from {} in time", to_string(peer)));
  }
}

/// The error of a finished connect, 0 for none.
int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace

Status pause(std::chrono::milliseconds time, int cancel_fd) {
  pollfd watched{.fd = cancel_fd, .events = POLLIN, .revents = 0};
  const Deadline deadline = deadline_in(time);
  while (left_until(deadline).count() > 0) {
    const int ready = poll(&watched, 1, static_cast<int>(left_until(deadline).count()));
    if (ready > 0) return fail(Errc::closed, "interrupted");
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
  }
  return {};
}

Result<Socket> Socket::connect(const Address& address, Deadline deadline, int cancel_fd) {
  auto list = resolve(address);
  if (!list) return fail_with(std::move(list));
  int last_error = 0;
  for (const addrinfo* at = list->get(); at != nullptr; at = at->ai_next) {
    const int fd = ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0) {
      last_error = errno;
      continue;
    }
    Socket socket(fd, cancel_fd, address);
    last_error = ::connect(fd, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (last_error == EINPROGRESS) {
      if (auto connected = socket.wait(POLLOUT, deadline); !connected) return fail_with(std::move(connected));
      last_error = connect_error(fd);
    }
    if (last_error != 0) continue;
    const int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) return fail_errno(errno, "set TCP_NODELAY");
    return socket;
  }
  return fail(Errc::closed, fmt::format("cannot connect to {}: {}", to_string(address), text_of(last_error)));
}

Socket::~Socket() {
  // The peer has seen everything that was sent; nothing is left that close could fail to write.
  if (fd_ >= 0) static_cast<void>(::close(fd_));
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), cancel_fd_(other.cancel_fd_), peer_(std::move(other.peer_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(cancel_fd_, other.cancel_fd_);
  std::swap(peer_, other.peer_);
  return *this;
}

Status Socket::wait(short events, Deadline deadline) const { return wait_for(fd_, events, deadline, cancel_fd_, peer_); }

std::unexpected<Error> Socket::fail_now(const char* doing) const {
  return fail(Errc::closed, fmt::format("{} {}: {}", doing, to_string(peer_), text_of(errno)));
}

Status Socket::send_all(ByteView bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail_now("cannot send to");
    if (auto ready = wait(POLLOUT, deadline); !ready) return ready;
  }
  return {};
}

Status Socket::receive(MutableBytes into, Deadline deadline) {
  while (!into.empty()) {
    const ssize_t received = ::recv(fd_, into.data(), into.size(), 0);
    if (received > 0) {
      into = into.subspan(static_cast<std::size_t>(received));
      continue;
    }
    if (received == 0) return fail(Errc::closed, fmt::format("{} closed the connection", to_string(peer_)));
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail_now("cannot read from");
    if (auto ready = wait(POLLIN, deadline); !ready) return ready;
  }
  return {};
}

}  // namespace streamline::client
