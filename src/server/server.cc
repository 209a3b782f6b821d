// Binding, starting, handing sockets out, draining and stopping.
#include "server/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "base/assert.h"
#include "base/log.h"

namespace streamline::server {

namespace {

constexpr int kPortAttempts = 8;  // to find one port that is free on every address of a host

}  // namespace

Server::Server(ServerOptions options, broker::Dispatcher& dispatcher, const Clock& clock)
    : options_(std::move(options)), dispatcher_(dispatcher), clock_(clock), quota_(options_.quota) {}

Server::~Server() { stop_now(); }

Status Server::start() {
  SL_ASSERT(workers_.empty());
  Status prepared = create_workers();
  if (prepared) prepared = bind_all();
  if (!prepared) {
    sockets_.clear();
    bound_.clear();
    admission_.reset();
    workers_.clear();
    return prepared;
  }
  for (const auto& worker : workers_) worker->start();
  {
    std::unique_lock lock(mutex_);
    running_ = true;
    changed_.wait(lock, [&] { return attached_ == workers_.size(); });
  }
  Status opened = open_listeners();
  if (!opened) stop_now();
  return opened;
}

Status Server::create_workers() {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int count = options_.reactors > 0 ? options_.reactors : cores;
  for (int index = 0; index < count; ++index) {
    auto reactor = net::Reactor::create(clock_);
    if (!reactor) return fail_with(std::move(reactor));
    const Worker::Parts parts{index, dispatcher_, options_.limits, quota_, *this};
    workers_.push_back(std::make_unique<Worker>(parts, *std::move(reactor)));
  }
  Gate& gate = *this;  // the base is private, so only here it converts
  admission_ = std::make_unique<Admission>(workers_.front()->reactor(), quota_, options_.max_connection_rate, gate);
  return {};
}

Status Server::adopt_all() {
  for (const InheritedSocket& inherited : options_.inherited) {
    auto listener = net::Listener::adopt(workers_.front()->reactor(), net::Descriptor(inherited.descriptor), inherited.name);
    if (!listener) return fail_with(std::move(listener));
    bound_.push_back({inherited.name, (*listener)->address().host(), (*listener)->address()});
    sockets_.push_back(*std::move(listener));
  }
  return {};
}

bool Server::turns_since_last_asked() {
  bool all = true;
  while (asked_.size() < workers_.size()) asked_.push_back(std::make_unique<std::atomic<bool>>(false));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    std::atomic<bool>& question = *asked_[i];
    if (question.exchange(true)) {
      all = false;
    } else {
      workers_[i]->reactor().post([&question] { question.store(false); });
    }
  }
  return all;
}

Status Server::bind_all() {
  if (!options_.inherited.empty()) return adopt_all();
  for (const ListenOn& on : options_.listeners) {
    Status bound = bind_host(on);
    if (bound) continue;
    if (!on.skip_when_unavailable || bound.error().code != Errc::unsupported) return bound;
    log::info("server", "does without a listener: {}", bound.error().text);
  }
  if (bound_.empty()) return fail(Errc::invalid_argument, "there is no address to listen on");
  return {};
}

Status Server::bind_host(const ListenOn& on) {
  const auto addresses = net::Address::resolve(on.host, on.port);
  if (!addresses) return fail(addresses.error().code, fmt::format("listener {}: {}", on.name, addresses.error().text));
  for (int attempt = 1;; ++attempt) {
    const std::size_t before = sockets_.size();
    Status bound = bind_addresses(on, *addresses);
    if (bound) return bound;
    // With port 0 the first address's port may be taken on the second one: then another port is tried.
    const bool is_port_clash = on.port == 0 && sockets_.size() > before;
    sockets_.resize(before);
    bound_.resize(before);
    if (!is_port_clash || attempt == kPortAttempts) return bound;
  }
}

Status Server::bind_addresses(const ListenOn& on, const std::vector<net::Address>& addresses) {
  Status unavailable;
  std::uint16_t port = on.port;
  const std::size_t before = sockets_.size();
  for (const net::Address& address : addresses) {
    auto listener = net::Listener::bind(workers_.front()->reactor(), {.name = on.name, .address = address.with_port(port)});
    if (listener) {
      port = (*listener)->address().port();
      bound_.push_back({on.name, on.host, (*listener)->address()});
      sockets_.push_back(*std::move(listener));
    } else if (listener.error().code == Errc::unsupported) {
      unavailable = fail_with(std::move(listener));  // such as ::1 of "localhost" on a machine without IPv6
    } else {
      return fail_with(std::move(listener));
    }
  }
  return sockets_.size() > before ? Status() : unavailable;
}

Status Server::open_listeners() {
  std::promise<Status> outcome;
  auto opened = outcome.get_future();
  workers_.front()->reactor().post([this, &outcome] {
    Status status;
    for (const auto& listener : sockets_) {
      if (status) status = listener->open(*this);
    }
    outcome.set_value(std::move(status));
  });
  return opened.get();
}

void Server::on_accepted(net::Descriptor socket, const net::Address& peer, std::string_view listener_name) {
  const net::Address local = net::Address::local_of(socket.number());
  admission_->arrive(std::move(socket), {listener_name, local, peer});
}

// On the first worker's thread: chooses the worker with the fewest connections.
void Server::let_in(net::Descriptor socket, const net::ConnectionOrigin& origin) {
  const auto& worker = *std::ranges::min_element(workers_, {}, [](const auto& candidate) { return candidate->load(); });
  worker->hand_over(std::move(socket), origin);
}

void Server::pause_accepting() {
  for (const auto& listener : sockets_) listener->pause();
}

void Server::resume_accepting() {
  for (const auto& listener : sockets_) listener->resume();
}

void Server::set_limits(const QuotaLimits& quota, std::int32_t max_connection_rate) {
  quota_.set_limits(quota);
  if (workers_.empty()) return;
  workers_.front()->reactor().post([this, max_connection_rate] { admission_->set_rate(max_connection_rate); });
}

void Server::on_connection_left() { admission_->connection_left(); }

void Server::on_attached() {
  const std::lock_guard lock(mutex_);
  ++attached_;
  changed_.notify_all();
}

void Server::on_drained() {
  const std::lock_guard lock(mutex_);
  ++drained_;
  changed_.notify_all();
}

// The listeners close first, on their own thread; what they accepted before was handed over before the drain is asked for.
void Server::begin_drain() {
  workers_.front()->reactor().post([this] {
    for (const auto& listener : sockets_) listener->close();
    admission_->close();
    for (const auto& worker : workers_) worker->drain();
  });
}

Status Server::drain(std::int64_t deadline_ms) {
  {
    std::unique_lock lock(mutex_);
    if (!running_) return {};
    if (std::exchange(ending_, true)) {
      changed_.wait(lock, [&] { return !running_; });
      return {};
    }
  }
  begin_drain();
  const bool is_clean = await_drained(deadline_ms);
  join_all();
  if (is_clean) return {};
  return fail(Errc::timed_out, "connections had to be cut because they did not end in time");
}

bool Server::await_drained(std::int64_t deadline_ms) {
  std::unique_lock lock(mutex_);
  const auto is_over = [&] { return stop_now_ || drained_ == workers_.size(); };
  changed_.wait_for(lock, std::chrono::milliseconds(deadline_ms), is_over);
  return drained_ == workers_.size();
}

void Server::stop_now() {
  {
    const std::lock_guard lock(mutex_);
    stop_now_ = true;
    changed_.notify_all();
  }
  // Whoever asks for an immediate end knows that connections are cut.
  static_cast<void>(drain(0));
}

// The first worker ends first: it accepts, and what it still handed over must find the others alive.
void Server::join_all() {
  for (const auto& worker : workers_) {
    worker->stop();
    worker->join();
  }
  const std::lock_guard lock(mutex_);
  running_ = false;
  changed_.notify_all();
}

}  // namespace streamline::server
