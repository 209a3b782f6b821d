// Addresses in text and as values.
#include "net/address.h"

#include <catch2/catch.hpp>

namespace streamline::net {
namespace {

TEST_CASE("host:port is taken apart, brackets and empty hosts included") {
  const auto check = [](std::string_view text, std::string_view host, int port) {
    const auto parsed = HostPort::parse(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->host == host);
    CHECK(parsed->port == port);
  };
  check("127.0.0.1:9092", "127.0.0.1", 9092);
  check("[::1]:0", "::1", 0);
  check(":65535", "", 65535);
  check("broker.example:1", "broker.example", 1);
}

TEST_CASE("what is not host:port is refused with the text in the message") {
  for (std::string_view text : {"", "9092", "host:", "host:65536", "host:-1", "host:9x", "::1:9092", "[::1:9092", "::1]:9092"}) {
    const auto parsed = HostPort::parse(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == Errc::invalid_argument);
    CHECK_THAT(parsed.error().text, Catch::Contains(std::string(text)));
  }
}

TEST_CASE("addresses print as people write them") {
  CHECK(Address::resolve("127.0.0.1", 9092)->front().to_string() == "127.0.0.1:9092");
  CHECK(Address::resolve("[::1]", 9092)->front().to_string() == "[::1]:9092");
  CHECK(Address::resolve("::ffff:10.1.2.3", 1)->front().to_string() == "10.1.2.3:1");
  CHECK(Address::resolve("::1", 5)->front().host() == "::1");
}

TEST_CASE("loopback is known in both families") {
  CHECK(Address::resolve("127.3.2.1", 1)->front().is_loopback());
  CHECK(Address::resolve("::1", 1)->front().is_loopback());
  CHECK(Address::resolve("::ffff:127.0.0.1", 1)->front().is_loopback());
  CHECK_FALSE(Address::resolve("192.0.2.1", 1)->front().is_loopback());
  CHECK_FALSE(Address::resolve("0.0.0.0", 1)->front().is_loopback());
}

TEST_CASE("an empty host means every address") {
  const auto addresses = Address::resolve("", 7).value();
  REQUIRE_FALSE(addresses.empty());
  for (const Address& address : addresses) {
    CHECK(address.port() == 7);
    CHECK_FALSE(address.is_loopback());
  }
}

TEST_CASE("equal addresses hash alike, and the port counts unless taken away") {
  const Address a = Address::resolve("127.0.0.1", 1)->front();
  const Address b = Address::resolve("127.0.0.1", 2)->front();
  CHECK_FALSE(a == b);
  CHECK(a.with_port(2) == b);
  CHECK(a.with_port(0).hash() == b.with_port(0).hash());
}

TEST_CASE("a name that does not exist is an error that names it") {
  const auto resolved = Address::resolve("no-such-host.invalid", 1);
  REQUIRE_FALSE(resolved.has_value());
  CHECK_THAT(resolved.error().text, Catch::Contains("no-such-host.invalid"));
}

}  // namespace
}  // namespace streamline::net
