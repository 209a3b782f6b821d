// The socket calls of sockets.h, each error named after its call.
#include "common/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace streamline::bench {

namespace {
constexpr int kBacklog = 1024;

sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

Result<sockaddr_in> resolve(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const char* numeric = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (::inet_pton(AF_INET, numeric, &address.sin_addr) != 1) return fail(Errc::invalid_argument, "not an IPv4 address: " + host);
  return address;
}
}  // namespace

Fd::~Fd() {
  // Nothing durable hangs on a bench descriptor, so a failed close has no consequence.
  if (fd_ >= 0) static_cast<void>(::close(fd_));
}

Status set_nodelay(int fd) {
  const int on = 1;
  if (::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) return fail_errno(errno, "TCP_NODELAY");
  return {};
}

Status set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno(errno, "O_NONBLOCK");
  return {};
}

Result<Fd> listen_on(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail_errno(errno, "socket");
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return fail_errno(errno, "SO_REUSEADDR");
  auto address = resolve("127.0.0.1", port);
  if (!address) return fail_with(std::move(address));
  if (::bind(fd.get(), generic(*address), sizeof(*address)) != 0) return fail_errno(errno, "bind");
  if (::listen(fd.get(), kBacklog) != 0) return fail_errno(errno, "listen");
  return fd;
}

Result<std::uint16_t> bound_port(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket.get(), generic(address), &size) != 0) return fail_errno(errno, "getsockname");
  return ntohs(address.sin_port);
}

Result<Fd> connect_to(const std::string& host, std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail_errno(errno, "socket");
  auto address = resolve(host, port);
  if (!address) return fail_with(std::move(address));
  if (::connect(fd.get(), generic(*address), sizeof(*address)) != 0) return fail_errno(errno, "connect to port " + std::to_string(port));
  if (auto set = set_nodelay(fd.get()); !set) return fail_with(std::move(set));
  return fd;
}

Status write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail_errno(errno, "send");
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Status read_exactly(int fd, MutableBytes into) {
  while (!into.empty()) {
    const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "recv");
    if (got == 0) return fail(Errc::closed, "the peer closed the connection");
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace streamline::bench
