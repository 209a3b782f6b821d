// A server with a dispatcher that echoes or parks: wiring, limits, the orderly end.
#include "server/server.h"

#include <dirent.h>
#include <sys/resource.h>

#include <atomic>
#include <deque>
#include <thread>

#include "unit/net/loopback.h"

namespace streamline::server {
namespace {

using net::Client;
using net::Connection;
using net::frame_of;
using net::Slot;

// Frames that begin with "park" stay unanswered until release(), those with "poll" until a drain; all others are echoed at the end of
// the turn.
class EchoDispatcher final : public broker::Dispatcher {
 public:
  class Shard final : public net::FrameHandler {
   public:
    void on_open(Connection&) override {}
    void on_frame(Connection&, MutableBytes frame, Slot slot) override {
      const bool is_poll = as_text(frame).starts_with("poll");
      const bool is_parked = is_poll || as_text(frame).starts_with("park");
      (is_poll ? polls_ : is_parked ? parked_ : staged_).push_back({slot, std::string(as_text(frame))});
      if (is_parked) ++parked_count;
    }
    void on_close(Connection&) override {
      std::erase_if(parked_, [](const net::Request& request) { return request.slot.connection() == nullptr; });
    }
    void answer(std::vector<net::Request>& requests) {
      for (const net::Request& request : requests) {
        if (request.slot.connection() != nullptr) net::reply(request.slot, request.body);
      }
      requests.clear();
    }
    std::vector<net::Request> parked_;
    std::vector<net::Request> polls_;
    std::vector<net::Request> staged_;
    std::atomic<int> parked_count = 0;
    net::Reactor* reactor = nullptr;
  };

  explicit EchoDispatcher(int reactors) : shards(static_cast<std::size_t>(reactors)) {}
  void attach(net::Reactor& reactor, int index) override {
    at(index).reactor = &reactor;
    ++attached;
  }
  void drain(int index) override { at(index).answer(at(index).polls_); }
  void detach(net::Reactor&, int) override { ++detached; }
  net::FrameHandler& frame_handler(int index) override { return at(index); }
  void end_of_turn(int index) override { at(index).answer(at(index).staged_); }
  void release() {
    for (Shard& shard : shards) shard.reactor->post([&shard] { shard.answer(shard.parked_); });
  }
  int parked() const {
    int sum = 0;
    for (const Shard& shard : shards) sum += shard.parked_count;
    return sum;
  }
  Shard& at(int index) { return shards[static_cast<std::size_t>(index)]; }

  std::deque<Shard> shards;
  std::atomic<int> attached = 0;
  std::atomic<int> detached = 0;
};

template <class Condition>
void until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) FAIL("the condition never came true");
    std::this_thread::yield();
  }
}

ServerOptions options_with(int reactors) {
  ServerOptions options;
  options.listeners = {{.name = "PLAINTEXT", .host = "127.0.0.1", .port = 0}};
  options.reactors = reactors;
  return options;
}

struct Fixture {
  explicit Fixture(ServerOptions options) : Fixture(options, nullptr) {}
  /// The machine's clock when null.
  Fixture(ServerOptions options, const Clock* clock)
      : dispatcher(options.reactors), server(options, dispatcher, clock == nullptr ? system_clock : *clock) {
    REQUIRE(server.start().has_value());
  }
  const net::Address& address() { return server.listeners().front().address; }
  SystemClock system_clock;
  EchoDispatcher dispatcher;
  Server server;
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  REQUIRE(directory != nullptr);
  while (::readdir(directory) != nullptr) ++count;
  REQUIRE(::closedir(directory) == 0);
  return count;
}

TEST_CASE("rule 140: the listeners' addresses are those that clients reach") {
  Fixture fixture(options_with(2));
  REQUIRE(fixture.server.listeners().size() == 1);
  CHECK(fixture.address().port() != 0);
  Client client(fixture.address());
  client.send(frame_of("hello"));
  until([&] { return client.frames().size() == 1; });
  CHECK(client.frames()[0] == "hello");
  CHECK(fixture.dispatcher.attached == 2);
}

TEST_CASE("every address of a host name serves under one port, and several listeners each under theirs") {
  ServerOptions options = options_with(1);
  options.listeners.push_back({.name = "OTHER", .host = "localhost", .port = 0});
  Fixture fixture(options);
  for (const BoundListener& bound : fixture.server.listeners()) {
    Client client(bound.address);
    client.send(frame_of(bound.name));
    until([&] { return client.frames().size() == 1; });
    if (bound.name == "OTHER") CHECK(bound.address.port() == fixture.server.listeners().back().address.port());
  }
}

TEST_CASE("a port in use fails the start with a text that names it, and leaves nothing behind") {
  Fixture first(options_with(1));
  EchoDispatcher dispatcher(1);
  ServerOptions options = options_with(1);
  options.listeners.push_back({.name = "CLASH", .host = "127.0.0.1", .port = first.address().port()});
  const std::size_t before = open_descriptors();
  Server second(options, dispatcher, first.system_clock);
  const Status started = second.start();
  REQUIRE_FALSE(started.has_value());
  CHECK_THAT(started.error().text, Catch::Contains(first.address().to_string()) && Catch::Contains("CLASH"));
  CHECK(second.listeners().empty());
  CHECK(open_descriptors() == before);
  CHECK(dispatcher.attached == 0);
}

TEST_CASE("an address that the machine has not can be done without, but not all of them") {
  ServerOptions options = options_with(1);
  options.listeners.push_back({.name = "ABSENT", .host = "192.0.2.1", .port = 0, .skip_when_unavailable = true});
  {
    Fixture fixture(options);
    CHECK(fixture.server.listeners().size() == 1);
  }
  options.listeners.erase(options.listeners.begin());
  SystemClock clock;
  EchoDispatcher dispatcher(1);
  Server server(options, dispatcher, clock);
  CHECK_FALSE(server.start().has_value());
}

TEST_CASE("a reactor that is stuck is noticed, and that it turns again as well") {
  Fixture fixture(options_with(2));
  CHECK(fixture.server.turns_since_last_asked());
  until([&] { return fixture.server.turns_since_last_asked(); });
  std::atomic<bool> is_held = false;
  std::atomic<bool> may_go = false;
  fixture.server.reactor(1).post([&] {
    is_held = true;
    while (!may_go) std::this_thread::yield();
  });
  until([&] { return is_held.load(); });
  fixture.server.turns_since_last_asked();
  CHECK_FALSE(fixture.server.turns_since_last_asked());
  may_go = true;
  until([&] { return fixture.server.turns_since_last_asked(); });
}

TEST_CASE("connections are spread over the reactors") {
  Fixture fixture(options_with(4));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<Client>(fixture.address()));
    clients.back()->send(frame_of("x"));
  }
  for (const auto& client : clients) until([&] { return client->frames().size() == 1; });
  for (int i = 0; i < 4; ++i) CHECK(fixture.server.reactor(i).counters().opened.value() == 10);
}

TEST_CASE("a thousand connections are served, and memory of the gone is given back to the quota") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  Fixture fixture(options_with(2));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(std::make_unique<Client>(fixture.address()));
  for (int round = 1; round <= 2; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->send(frame_of("request " + std::to_string(i)));
    for (std::size_t i = 0; i < clients.size(); ++i) {
      until([&] { return clients[i]->frames().size() == static_cast<std::size_t>(round); });
      REQUIRE(clients[i]->frames().back() == "request " + std::to_string(i));
    }
  }
  CHECK(fixture.server.connection_count() == 1000);
  clients.clear();
  until([&] { return fixture.server.connection_count() == 0; });
}

TEST_CASE("rule 16: connections above the limit of an address are refused and counted, others are not hurt") {
  ServerOptions options = options_with(2);
  options.quota.max_connections_per_ip = 2;
  Fixture fixture(options);
  Client first(fixture.address());
  auto second = std::make_unique<Client>(fixture.address());
  until([&] { return fixture.server.connection_count() == 2; });
  Client third(fixture.address());
  until([&] { return third.is_closed(); });
  CHECK(fixture.server.quota().refused() == 1);
  first.send(frame_of("fine"));
  until([&] { return first.frames().size() == 1; });
  second.reset();
  until([&] { return fixture.server.connection_count() == 1; });
  Client fourth(fixture.address());
  fourth.send(frame_of("in"));
  until([&] { return fourth.frames().size() == 1; });
}

TEST_CASE("rule 16: connections above the limit in total wait until others leave, and are served in order of arrival") {
  ServerOptions options = options_with(2);
  options.quota.max_connections = 2;
  Fixture fixture(options);
  Client first(fixture.address());
  auto second = std::make_unique<Client>(fixture.address());
  until([&] { return fixture.server.connection_count() == 2; });
  auto third = std::make_unique<Client>(fixture.address());
  Client fourth(fixture.address());
  third->send(frame_of("third"));
  fourth.send(frame_of("fourth"));
  first.send(frame_of("fine"));
  until([&] { return first.frames().size() == 1; });
  CHECK(third->frames().empty());
  second.reset();
  until([&] { return third->frames().size() == 1; });
  CHECK(fourth.frames().empty());
  CHECK(fixture.server.connection_count() == 2);
  third.reset();
  until([&] { return fourth.frames().size() == 1; });
  CHECK(fixture.server.quota().refused() == 0);
}

TEST_CASE("rule 16: connections that come faster than the rate wait, and none is lost") {
  ServerOptions options = options_with(2);
  options.max_connection_rate = 2;
  ManualClock clock;
  Fixture fixture(options, &clock);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<Client>(fixture.address()));
    clients.back()->send(frame_of("hello"));
  }
  until([&] { return clients[0]->frames().size() == 1 && clients[1]->frames().size() == 1; });
  CHECK(fixture.server.connection_count() == 2);
  clock.advance_ms(500);
  fixture.server.reactor(0).post([] {});
  until([&] { return clients[2]->frames().size() == 1; });
  CHECK(fixture.server.connection_count() == 3);
  clock.advance_ms(500);
  fixture.server.reactor(0).post([] {});
  until([&] { return clients[3]->frames().size() == 1; });
}

TEST_CASE("a server ends while connections wait to be let in") {
  ServerOptions options = options_with(1);
  options.quota.max_connections = 1;
  Fixture fixture(options);
  Client first(fixture.address());
  until([&] { return fixture.server.connection_count() == 1; });
  Client second(fixture.address());
  first.send(frame_of("fine"));
  until([&] { return first.frames().size() == 1; });
  CHECK(fixture.server.drain(10'000));
  until([&] { return second.is_closed(); });
}

TEST_CASE("rule 13.15: garbage on one connection leaves the others alone") {
  Fixture fixture(options_with(2));
  Client good(fixture.address());
  good.send(frame_of("park"));
  for (int i = 0; i < 20; ++i) {
    Client bad(fixture.address());
    bad.send("GET / HTTP/1.1\r\n\r\n");
    until([&] { return bad.is_closed(); });
  }
  until([&] { return fixture.dispatcher.parked() == 1; });
  fixture.dispatcher.release();
  until([&] { return good.frames().size() == 1; });
}

TEST_CASE("rule 141: a drain refuses newcomers, answers what is in flight and ends with nothing left") {
  const std::size_t before = open_descriptors();
  {
    Fixture fixture(options_with(2));
    Client busy(fixture.address());
    Client quiet(fixture.address());
    busy.send(frame_of("park this"));
    until([&] { return fixture.dispatcher.parked() == 1 && fixture.server.connection_count() == 2; });
    Status drained;
    std::thread drainer([&] { drained = fixture.server.drain(60'000); });
    until([&] { return quiet.is_closed(); });
    const net::Descriptor late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(::connect(late.number(), fixture.address().raw(), fixture.address().raw_length()) == -1);
    CHECK(errno == ECONNREFUSED);
    CHECK(fixture.dispatcher.detached == 0);
    fixture.dispatcher.release();
    drainer.join();
    CHECK(drained.has_value());
    until([&] { return busy.is_closed(); });
    CHECK(busy.frames() == std::vector<std::string>{"park this"});
    CHECK(fixture.dispatcher.detached == 2);
    CHECK(fixture.server.connection_count() == 0);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("rule 141: a drain asks the dispatcher to answer its long polls, and waits for no other") {
  Fixture fixture(options_with(2));
  Client client(fixture.address());
  client.send(frame_of("poll"));
  until([&] { return fixture.dispatcher.parked() == 1; });
  CHECK(fixture.server.drain(60'000).has_value());
  until([&] { return client.is_closed(); });
  CHECK(client.frames() == std::vector<std::string>{"poll"});
}

TEST_CASE("rule 141: what does not end by the deadline is cut, and the drain says so") {
  Fixture fixture(options_with(2));
  Client client(fixture.address());
  client.send(frame_of("park for ever"));
  until([&] { return fixture.dispatcher.parked() == 1; });
  const Status drained = fixture.server.drain(1);
  REQUIRE_FALSE(drained.has_value());
  CHECK(drained.error().code == Errc::timed_out);
  until([&] { return client.is_closed(); });
  CHECK(fixture.dispatcher.detached == 2);
}

TEST_CASE("rule 141: an immediate stop cuts a drain short") {
  Fixture fixture(options_with(1));
  Client client(fixture.address());
  client.send(frame_of("park for ever"));
  until([&] { return fixture.dispatcher.parked() == 1; });
  Client idle(fixture.address());
  until([&] { return fixture.server.connection_count() == 2; });
  Status drained;
  std::thread drainer([&] { drained = fixture.server.drain(600'000); });
  until([&] { return idle.is_closed(); });  // the drain has begun
  fixture.server.stop_now();
  drainer.join();
  CHECK_FALSE(drained.has_value());
}

TEST_CASE("many clients on many threads get their own answers in order") {
  Fixture fixture(options_with(2));
  const net::Address address = fixture.address();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  constexpr int kThreads = 4;
  constexpr int kRequests = 2000;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Client client(address);
      std::string stream;
      for (int i = 0; i < kRequests; ++i) stream += frame_of(std::to_string(t) + ":" + std::to_string(i));
      std::size_t sent = 0;
      while (sent < stream.size()) {
        const ssize_t count = client.send_some(std::string_view(stream).substr(sent, 1 + sent % 4000));
        if (count < 0) return;
        sent += static_cast<std::size_t>(count);
      }
      while (client.received().size() < stream.size() && !client.is_closed()) std::this_thread::yield();
      if (client.received() == stream) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == kThreads);
}

}  // namespace
}  // namespace streamline::server
