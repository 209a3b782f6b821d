// Binding, accepting, and what happens when descriptors run out.
#include "net/listener.h"

#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit/net/loopback.h"

namespace streamline::net {
namespace {

int option(int socket, int level, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  REQUIRE(::getsockopt(socket, level, name, &value, &length) == 0);
  return value;
}

TEST_CASE("rule 140: port 0 is resolved to the port that was bound") {
  Loop loop;
  CHECK(loop.listener->address().port() != 0);
  CHECK(loop.listener->address().host() == "127.0.0.1");
}

TEST_CASE("an address in use is an error that names it") {
  Loop loop;
  const auto second = Listener::bind(*loop.reactor, {.name = "SECOND", .address = loop.listener->address()});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Errc::already_exists);
  CHECK_THAT(second.error().text, Catch::Contains(loop.listener->address().to_string()) && Catch::Contains("SECOND") &&
                                      Catch::Contains("Address already in use"));
}

TEST_CASE("an address that the machine has not is told apart") {
  Loop loop;
  const Address elsewhere = Address::resolve("192.0.2.1", 0).value().front();
  CHECK(Listener::bind(*loop.reactor, {.name = "X", .address = elsewhere}).error().code == Errc::unsupported);
}

TEST_CASE("IPv6 loopback serves too") {
  SystemClock clock;
  const std::unique_ptr<Reactor> reactor = Reactor::create(clock).value();
  if (!Listener::bind(*reactor, {.name = "X", .address = Address::resolve("[::1]", 0).value().front()})) return;  // no IPv6 here
  Loop loop({}, "[::1]");
  loop.handler.answer = echo;
  auto client = loop.connect();
  client->send(frame_of("six"));
  loop.until([&] { return client->frames().size() == 1; });
  CHECK(loop.connection().peer_address().host() == "::1");
}

// Accepted sockets inherit these from the listening one; Listener relies on it.
class OptionSink final : public AcceptSink {
 public:
  void on_accepted(Descriptor socket, const Address&, std::string_view) override {
    accepted = true;
    CHECK(option(socket.number(), IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option(socket.number(), SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK((::fcntl(socket.number(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(socket.number(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  bool accepted = false;
};

TEST_CASE("accepted sockets do not block, do not delay and are kept alive") {
  Loop loop;
  OptionSink sink;
  const Address address = Address::resolve("127.0.0.1", 0).value().front();
  auto listener = Listener::bind(*loop.reactor, {.name = "X", .address = address}).value();
  REQUIRE(listener->open(sink).has_value());
  Client client(listener->address());
  loop.until([&] { return sink.accepted; });
}

TEST_CASE("a closed listener leaves its port free") {
  Loop loop;
  const Address address = loop.listener->address();
  auto client = loop.connect();
  loop.listener->close();
  CHECK(Listener::bind(*loop.reactor, {.name = "AGAIN", .address = address}).has_value());
}

// Lowers the limit of open files and uses up what is left of it.
class Shortage {
 public:
  Shortage() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit lowered = before_;
    lowered.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
    for (;;) {
      Descriptor more(::dup(0));
      if (!more.is_open()) return;
      filling_.push_back(std::move(more));
    }
  }
  ~Shortage() {
    filling_.clear();
    CHECK(::setrlimit(RLIMIT_NOFILE, &before_) == 0);
  }
  void give_back_one() { filling_.pop_back(); }

 private:
  rlimit before_{};
  std::vector<Descriptor> filling_;
};

TEST_CASE("rule 143: without descriptors newcomers are shed, others are served, and accepting goes on when one is free") {
  Loop loop;
  loop.handler.answer = echo;
  auto served = loop.connect();
  Client refused_unborn(loop.listener->address());  // the kernel queues it; accept comes later
  {
    Shortage shortage;
    loop.until([&] { return loop.listener->shed() == 1; });
    loop.until([&] { return refused_unborn.is_closed(); });
    served->send(frame_of("still here"));
    loop.until([&] { return served->frames().size() == 1; });
    const auto turns = loop.reactor->counters().accepts.value();
    loop.settle();
    CHECK(loop.reactor->counters().accepts.value() == turns);  // it does not spin
  }
  auto next = loop.connect();
  next->send(frame_of("accepted"));
  loop.until([&] { return next->frames().size() == 1; });
}

}  // namespace
}  // namespace streamline::net
