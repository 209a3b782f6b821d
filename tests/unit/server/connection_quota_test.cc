// What the quota lets in.
#include "server/connection_quota.h"

#include <catch2/catch.hpp>

namespace streamline::server {
namespace {

net::Address at(std::string_view host, std::uint16_t port) { return net::Address::resolve(host, port).value().front(); }

TEST_CASE("the ports of an address count together, addresses apart") {
  ConnectionQuota quota({.max_connections = 10, .max_connections_per_ip = 2});
  CHECK(quota.try_enter(at("127.0.0.1", 1)).outcome == Entry::entered);
  CHECK(quota.try_enter(at("127.0.0.1", 2)).outcome == Entry::entered);
  const auto refusal = quota.try_enter(at("127.0.0.1", 3));
  REQUIRE(refusal.outcome == Entry::refused);
  CHECK_THAT(refusal.reason, Catch::Contains("max.connections.per.ip=2") && Catch::Contains("127.0.0.1"));
  CHECK(quota.try_enter(at("127.0.0.2", 3)).outcome == Entry::entered);
  quota.leave(at("127.0.0.1", 2));
  CHECK(quota.try_enter(at("127.0.0.1", 9)).outcome == Entry::entered);
  CHECK(quota.open_count() == 3);
  CHECK(quota.refused() == 1);
}

TEST_CASE("the total limits all addresses") {
  ConnectionQuota quota({.max_connections = 1, .max_connections_per_ip = 2});
  CHECK(quota.try_enter(at("127.0.0.1", 1)).outcome == Entry::entered);
  const auto full = quota.try_enter(at("127.0.0.2", 1));
  REQUIRE(full.outcome == Entry::full);
  CHECK_THAT(full.reason, Catch::Contains("max.connections=1"));
  CHECK(quota.refused() == 0);
}

TEST_CASE("limits change while connections are there, and those stay") {
  ConnectionQuota quota({.max_connections = 2, .max_connections_per_ip = 2});
  CHECK(quota.try_enter(at("127.0.0.1", 1)).outcome == Entry::entered);
  CHECK(quota.try_enter(at("127.0.0.1", 2)).outcome == Entry::entered);
  quota.set_limits({.max_connections = 1, .max_connections_per_ip = 5});
  CHECK(quota.open_count() == 2);
  CHECK(quota.try_enter(at("127.0.0.1", 3)).outcome == Entry::full);
  quota.set_limits({.max_connections = 3, .max_connections_per_ip = 5});
  CHECK(quota.try_enter(at("127.0.0.1", 3)).outcome == Entry::entered);
}

TEST_CASE("a limit of zero for an address lets nobody in") {
  ConnectionQuota quota({.max_connections = 5, .max_connections_per_ip = 0});
  CHECK(quota.try_enter(at("127.0.0.1", 1)).outcome == Entry::refused);
  CHECK(quota.open_count() == 0);
}

}  // namespace
}  // namespace streamline::server
