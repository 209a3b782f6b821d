// Round trip of one byte between two epoll threads over loopback TCP: the least any request waits, and a probe for noise.
//   ping_pong [--seconds 1] [--cores cross|same|any]
#include <fmt/format.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "common/clock.h"
#include "common/flags.h"
#include "common/histogram.h"
#include "common/sockets.h"

namespace streamline::bench {
namespace {

Status pin_to(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (::sched_setaffinity(0, sizeof(set), &set) != 0) return fail_errno(errno, "sched_setaffinity");
  return {};
}

/// Waits in epoll, as a server does, then receives; false when the peer left.
bool await_byte(int epoll, int socket) {
  epoll_event event{};
  std::array<std::byte, 1> byte{};
  return ::epoll_wait(epoll, &event, 1, -1) == 1 && ::recv(socket, byte.data(), byte.size(), 0) == 1;
}

Result<Fd> epoll_of(const Fd& socket) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {.fd = socket.get()}};
  if (!epoll.valid() || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, socket.get(), &event) != 0) return fail_errno(errno, "epoll");
  return epoll;
}

void echo(const Fd& listener) {
  const Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.valid() || !set_nodelay(socket.get())) return;
  const auto epoll = epoll_of(socket);
  const std::array<std::byte, 1> byte{};
  while (epoll && await_byte(epoll->get(), socket.get())) {
    if (!write_all(socket.get(), byte)) return;
  }
}

Result<Histogram> ping(const Fd& listener, double seconds) {
  const auto port = bound_port(listener);
  if (!port) return fail(port.error().code, port.error().text);
  auto socket = connect_to("127.0.0.1", *port);
  if (!socket) return fail_with(std::move(socket));
  auto epoll = epoll_of(*socket);
  if (!epoll) return fail_with(std::move(epoll));
  Histogram times;
  const std::array<std::byte, 1> byte{};
  const std::int64_t warm = now_ns() + seconds_to_ns(seconds / 10);
  const std::int64_t end = now_ns() + seconds_to_ns(seconds);
  for (std::int64_t start = now_ns(); start < end; start = now_ns()) {
    if (auto sent = write_all(socket->get(), byte); !sent) return fail_with(std::move(sent));
    if (!await_byte(epoll->get(), socket->get())) return fail(Errc::closed, "the echo ended");
    if (start >= warm) times.record(now_ns() - start);
  }
  return times;
}

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  const double seconds = flags.real("seconds", 1);
  const std::string cores = flags.text("cores", "cross");
  if (auto good = flags.check(); !good) return good;
  if (cores != "cross" && cores != "same" && cores != "any") return fail(Errc::invalid_argument, "--cores is cross, same or any");
  auto listener = listen_on(0);
  if (!listener) return fail_with(std::move(listener));
  if (cores != "any") {
    if (auto pinned = pin_to(0); !pinned) return pinned;
  }
  std::thread peer([&listener, &cores] {
    // A machine with one core runs both ends there.
    if (cores == "cross" && !pin_to(1)) std::fputs("ping_pong: only one core\n", stderr);
    echo(*listener);
  });
  const auto times = ping(*listener, seconds);
  peer.join();
  if (!times) return fail(times.error().code, times.error().text);
  fmt::print("{{\"round_trips\":{},\"latency_us\":{}}}\n", times->count(), times->to_json());
  return {};
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("ping_pong", ended.error());
}
