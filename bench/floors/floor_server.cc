// The event loop of floor_server.h: level-triggered epoll, one receive and at most one send per connection and turn.
#include "floors/floor_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <thread>

namespace streamline::bench {

namespace {

constexpr std::size_t kLandingBytes = 256 * 1024;  // stays in the second-level cache
constexpr std::size_t kExactReceive = 16 * 1024;   // a frame that misses at least this much is received to its end and no further
constexpr std::uint32_t kMaxFrame = 64 * 1024 * 1024;
constexpr int kEventsPerTurn = 64;

struct Connection {
  Fd socket;
  std::vector<std::byte> partial;  ///< the front of a frame; as large as the frame once its size is known
  std::size_t partial_bytes = 0;
};

/// One thread's event loop.
class Worker {
 public:
  Worker(FloorHandler& handler, Fd epoll) : handler_(handler), epoll_(std::move(epoll)), landing_(kLandingBytes) {}

  int epoll() const { return epoll_.get(); }

  Status run() {
    std::array<epoll_event, kEventsPerTurn> events{};
    while (true) {
      const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, -1);
      if (ready < 0 && errno != EINTR) return fail_errno(errno, "epoll_wait");
      for (int i = 0; i < ready; ++i) {
        auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        const auto open = turn(*connection);
        if (!open) return fail(open.error().code, open.error().text);
        if (!*open) delete_connection(connection);
      }
    }
  }

 private:
  // Connections are owned by the epoll set they hang in; the set lives as long as the process.
  static void delete_connection(Connection* connection) { std::unique_ptr<Connection>{connection}.reset(); }

  /// False when the peer is gone.
  Result<bool> turn(Connection& connection) {
    out_.clear();
    const MutableBytes space = receive_space(connection);
    const ssize_t got = ::recv(connection.socket.get(), space.data(), space.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Result<bool>(true) : fail_errno(errno, "recv");
    const auto count = static_cast<std::size_t>(got);
    if (connection.partial_bytes > 0) {
      connection.partial_bytes += count;
      const ByteView bytes = ByteView(connection.partial).first(connection.partial_bytes);
      const auto used = frames(connection, bytes);
      if (!used) return fail(used.error().code, used.error().text);
      keep_rest(connection, bytes.subspan(*used));
    } else {
      const ByteView bytes = ByteView(landing_).first(count);
      const auto used = frames(connection, bytes);
      if (!used) return fail(used.error().code, used.error().text);
      keep_rest(connection, bytes.subspan(*used));
    }
    if (!out_.empty() && !write_all(connection.socket.get(), out_)) return false;
    return true;
  }

  MutableBytes receive_space(Connection& connection) {
    if (connection.partial_bytes == 0) return landing_;
    std::size_t room = kLandingBytes;
    if (connection.partial_bytes >= sizeof(std::uint32_t)) {
      const std::size_t missing = sizeof(std::uint32_t) + load_be<std::uint32_t>(connection.partial.data()) - connection.partial_bytes;
      room = missing >= kExactReceive ? missing : std::max(missing, kLandingBytes);
    }
    if (connection.partial.size() < connection.partial_bytes + room) connection.partial.resize(connection.partial_bytes + room);
    return MutableBytes(connection.partial).subspan(connection.partial_bytes, room);
  }

  Result<std::size_t> frames(Connection& connection, ByteView bytes) {
    std::size_t used = 0;
    while (bytes.size() - used >= sizeof(std::uint32_t)) {
      const auto size = load_be<std::uint32_t>(bytes.data() + used);
      if (size > kMaxFrame) return fail(Errc::too_large, "frame of " + std::to_string(size) + " bytes");
      if (bytes.size() - used - sizeof(std::uint32_t) < size) break;
      const ByteView frame = bytes.subspan(used + sizeof(std::uint32_t), size);
      if (auto handled = handler_.handle(connection.socket.get(), frame, out_); !handled) return fail_with(std::move(handled));
      used += sizeof(std::uint32_t) + size;
    }
    return used;
  }

  static void keep_rest(Connection& connection, ByteView rest) {
    if (connection.partial.size() < rest.size()) connection.partial.resize(rest.size());
    if (!rest.empty()) std::memmove(connection.partial.data(), rest.data(), rest.size());
    connection.partial_bytes = rest.size();
  }

  FloorHandler& handler_;
  Fd epoll_;
  std::vector<std::byte> landing_;
  std::vector<std::byte> out_;
};

Status accept_into(const Fd& listener, const std::vector<std::unique_ptr<Worker>>& workers) {
  for (std::size_t next = 0;; ++next) {
    Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) return fail_errno(errno, "accept");
    if (auto set = set_nodelay(socket.get()); !set) return set;
    auto connection = std::make_unique<Connection>();
    connection->socket = std::move(socket);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
    const int epoll = workers[next % workers.size()]->epoll();
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket.get(), &event) != 0) return fail_errno(errno, "epoll_ctl");
    // From here the worker owns it and deletes it when the peer leaves.
    static_cast<void>(connection.release());
  }
}

}  // namespace

Status serve_floor(const FloorOptions& options, const std::vector<std::unique_ptr<FloorHandler>>& handlers) {
  auto listener = listen_on(options.port);
  if (!listener) return fail_with(std::move(listener));
  const auto port = bound_port(*listener);
  if (!port) return fail(port.error().code, port.error().text);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  for (const auto& handler : handlers) {
    Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.valid()) return fail_errno(errno, "epoll_create1");
    workers.push_back(std::make_unique<Worker>(*handler, std::move(epoll)));
  }
  for (const auto& worker : workers) {
    threads.emplace_back([&worker = *worker] {
      const Status ended = worker.run();
      std::exit(ended ? 0 : (std::fprintf(stderr, "floor: %s\n", ended.error().text.c_str()), 1));
    });
  }
  std::printf("listening %u\n", unsigned{*port});
  std::fflush(stdout);
  Status accepted = accept_into(*listener, workers);
  // A floor only ends by a signal or by an error; the workers hold references into this frame, so it is left by exiting.
  std::fprintf(stderr, "floor: %s\n", accepted.error().text.c_str());
  std::exit(1);
}

}  // namespace streamline::bench
