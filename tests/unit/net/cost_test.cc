// What a request costs: system calls by the reactor's counters, allocations by a counting operator new.
#include <array>

#include "support/counting_new.h"
#include "unit/net/loopback.h"

namespace streamline::net {
namespace {

// Takes `size` bytes off the client's socket without allocating.
void take(const Client& client, std::size_t size) {
  static std::array<char, 65'536> scrap;
  while (size > 0) {
    const ssize_t count = ::recv(client.number(), scrap.data(), std::min(size, scrap.size()), MSG_DONTWAIT);
    if (count <= 0) std::abort();
    size -= static_cast<std::size_t>(count);
  }
}

void exchange(Loop& loop, Client& client, const std::string& stream) {
  if (client.send_some(stream) != static_cast<ssize_t>(stream.size())) std::abort();
  const std::uint64_t sent = loop.reactor->counters().bytes_out.value() + stream.size();
  while (loop.reactor->counters().bytes_out.value() < sent) loop.reactor->run_turn(1000);
  take(client, stream.size());
}

std::string pipelined(std::size_t depth, std::size_t body) {
  std::string stream;
  for (std::size_t i = 0; i < depth; ++i) stream += frame_of(std::string(body, 'x'));
  return stream;
}

TEST_CASE("a request at depth 1 takes three system calls, sixteen at once take three together") {
  const std::size_t depth = GENERATE(std::size_t{1}, std::size_t{16});
  Loop loop;
  loop.handler.answer = echo;
  auto client = loop.connect();
  const std::string stream = pipelined(depth, 1024);
  exchange(loop, *client, stream);
  const std::uint64_t before = loop.reactor->counters().system_calls();
  constexpr std::uint64_t kRounds = 200;
  for (std::uint64_t i = 0; i < kRounds; ++i) exchange(loop, *client, stream);
  CHECK(loop.reactor->counters().system_calls() - before <= 3 * kRounds + 4);  // a few turns may find nothing yet
}

TEST_CASE("no request allocates once things run, also with large frames and out of order") {
  const std::size_t body = GENERATE(std::size_t{10}, std::size_t{1024}, std::size_t{200'000});
  Loop loop({.landing_bytes = 128 * 1024});
  loop.handler.answer = echo;
  auto client = loop.connect();
  const std::string stream = pipelined(body > 100'000 ? 1 : 16, body);
  for (int i = 0; i < 50; ++i) exchange(loop, *client, stream);
  const std::uint64_t before = test::allocations().count;
  for (int i = 0; i < 200; ++i) exchange(loop, *client, stream);
  CHECK(test::allocations().count == before);
}

TEST_CASE("posting small tasks allocates nothing once things run") {
  ManualClock clock;
  auto reactor = Reactor::create(clock).value();
  int ran = 0;
  const auto round = [&] {
    for (int i = 0; i < 100; ++i) reactor->post([&ran, i] { ran += i; });
    reactor->run_turn(0);
  };
  round();
  round();
  const std::uint64_t before = test::allocations().count;
  for (int i = 0; i < 10; ++i) round();
  CHECK(test::allocations().count == before);
}

}  // namespace
}  // namespace streamline::net
