// Binding, accepting, and shedding when descriptors run out.
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "base/assert.h"
#include "base/log.h"

namespace streamline::net {

namespace {

constexpr std::int64_t kPauseMs = 100;         // without any descriptor left
constexpr std::int64_t kLogIntervalMs = 1000;  // a shortage is told once a second, not once a connection

Descriptor open_reserve() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_shortage(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS || error_number == ENOMEM;
}

bool set_option(const Descriptor& socket, int level, int name) {
  const int on = 1;
  return ::setsockopt(socket.number(), level, name, &on, sizeof(on)) == 0;
}

// Accepted sockets inherit TCP_NODELAY and SO_KEEPALIVE, which saves two calls per connection.
bool set_options(const Descriptor& socket, int family) {
  return set_option(socket, SOL_SOCKET, SO_REUSEADDR) && set_option(socket, IPPROTO_TCP, TCP_NODELAY) &&
         set_option(socket, SOL_SOCKET, SO_KEEPALIVE) && (family != AF_INET6 || set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY));
}

// An address that this machine has not is told apart from one that is in use.
std::unexpected<Error> fail_bind(int error_number, const ListenerOptions& options) {
  auto failure = fail_errno(error_number, fmt::format("listen on {} ({})", options.address.to_string(), options.name));
  if (error_number == EADDRNOTAVAIL || error_number == EAFNOSUPPORT) failure.error().code = Errc::unsupported;
  if (error_number == EADDRINUSE) failure.error().code = Errc::already_exists;
  return failure;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(Reactor& reactor, const ListenerOptions& options) {
  Descriptor socket(::socket(options.address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || !set_options(socket, options.address.family())) return fail_bind(errno, options);
  if (::bind(socket.number(), options.address.raw(), options.address.raw_length()) != 0) return fail_bind(errno, options);
  if (::listen(socket.number(), options.backlog) != 0) return fail_bind(errno, options);
  return std::unique_ptr<Listener>(new Listener(reactor, std::move(socket), options.name));
}

Result<std::unique_ptr<Listener>> Listener::adopt(Reactor& reactor, Descriptor socket, const std::string& name) {
  int listens = 0;
  socklen_t length = sizeof(listens);
  const bool is_listening = ::getsockopt(socket.number(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0;
  const int family = is_listening ? Address::local_of(socket.number()).family() : AF_UNSPEC;
  if (family != AF_INET && family != AF_INET6) {
    return fail(Errc::invalid_argument, fmt::format("descriptor {} ({}) is no listening TCP socket", socket.number(), name));
  }
  const int flags = ::fcntl(socket.number(), F_GETFL);
  const bool is_ready = flags >= 0 && ::fcntl(socket.number(), F_SETFL, flags | O_NONBLOCK) == 0 &&
                        ::fcntl(socket.number(), F_SETFD, FD_CLOEXEC) == 0 && set_option(socket, IPPROTO_TCP, TCP_NODELAY) &&
                        set_option(socket, SOL_SOCKET, SO_KEEPALIVE);
  if (!is_ready) return fail_errno(errno, fmt::format("descriptor {} ({})", socket.number(), name));
  return std::unique_ptr<Listener>(new Listener(reactor, std::move(socket), name));
}

Listener::Listener(Reactor& reactor, Descriptor socket, std::string name)
    : reactor_(reactor),
      socket_(std::move(socket)),
      reserve_(open_reserve()),
      name_(std::move(name)),
      address_(Address::local_of(socket_.number())) {}

Listener::~Listener() { close(); }

Status Listener::open(AcceptSink& sink) {
  SL_ASSERT(reactor_.in_loop_thread() && sink_ == nullptr);
  if (Status added = reactor_.add(socket_.number(), EPOLLIN, *this); !added) return added;
  sink_ = &sink;
  return {};
}

void Listener::close() {
  if (!socket_.is_open()) return;
  shortage_.cancel();
  if (sink_ != nullptr) reactor_.remove(socket_.number(), *this);
  sink_ = nullptr;
  socket_.reset();
  reserve_.reset();
}

void Listener::on_ready(std::uint32_t) {
  // The sink may close or pause this listener.
  for (int i = 0; i < kAcceptsPerTurn && socket_.is_open() && !paused_; ++i) {
    if (!accept_one()) return;
  }
}

bool Listener::accept_one() {
  sockaddr_storage raw{};
  socklen_t length = sizeof(raw);
  reactor_.counters().accepts.add();
  Descriptor accepted(::accept4(socket_.number(), reinterpret_cast<sockaddr*>(&raw), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (accepted.is_open()) {
    sink_->on_accepted(std::move(accepted), Address::from(reinterpret_cast<sockaddr*>(&raw), length), name_);
    return true;
  }
  if (is_shortage(errno)) return shed_one(errno);
  return errno == ECONNABORTED || errno == EPROTO || errno == EINTR;  // that one is gone, the next may wait
}

// Accepts with the reserved descriptor and closes at once, so that the client learns of it and the loop does not spin.
bool Listener::shed_one(int error_number) {
  if (reactor_.now_ms() >= next_log_ms_) {
    next_log_ms_ = reactor_.now_ms() + kLogIntervalMs;
    log::error("net", "cannot accept listener={} address={} error=\"{}\" shed={}: raise the limit of open files", name_,
               address_.to_string(), fail_errno(error_number, "accept").error().text, shed_.value());
  }
  if (!reserve_.is_open()) reserve_ = open_reserve();
  if (!reserve_.is_open()) {
    reactor_.modify(socket_.number(), 0, *this);
    reactor_.schedule_in(shortage_, kPauseMs);
    return false;
  }
  reserve_.reset();
  const bool was_shed = Descriptor(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC)).is_open();
  reserve_ = open_reserve();
  if (was_shed) shed_.add();
  return was_shed;
}

void Listener::on_shortage_over(std::int64_t) { listen_again(); }

void Listener::pause() {
  paused_ = true;
  if (sink_ != nullptr) reactor_.modify(socket_.number(), 0, *this);
}

void Listener::resume() {
  paused_ = false;
  listen_again();
}

void Listener::listen_again() {
  if (sink_ != nullptr && !paused_ && !shortage_.is_scheduled()) reactor_.modify(socket_.number(), EPOLLIN, *this);
}

}  // namespace streamline::net
