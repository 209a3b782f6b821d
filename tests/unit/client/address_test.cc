// Addresses as users write them.
#include "client/address.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::client;

TEST_CASE("a host may come with a port, and an IPv6 address in brackets or bare") {
  CHECK(parse_address("broker").value() == Address{"broker", 9092});
  CHECK(parse_address("broker:19092").value() == Address{"broker", 19092});
  CHECK(parse_address("[::1]").value() == Address{"::1", 9092});
  CHECK(parse_address("[::1]:1").value() == Address{"::1", 1});
  CHECK(parse_address("fe80::1").value() == Address{"fe80::1", 9092});
}

TEST_CASE("a wrong address is refused by the part that is wrong") {
  CHECK(parse_address("broker:0").error().text == "'0' in address 'broker:0' is no port between 1 and 65535");
  CHECK(parse_address("broker:65536").error().code == Errc::invalid_argument);
  CHECK(parse_address("broker:").error().code == Errc::invalid_argument);
  CHECK(parse_address("broker:9x").error().code == Errc::invalid_argument);
  CHECK(parse_address("").error().text == "address '' has no host");
  CHECK(parse_address(":9092").error().code == Errc::invalid_argument);
  CHECK(parse_address("[::1").error().text == "address '[::1' lacks its ']'");
  CHECK(parse_address("[::1]9092").error().text == "address '[::1]9092' has '9092' behind its host");
}

TEST_CASE("a bootstrap list has addresses between commas and no gaps") {
  CHECK(parse_bootstrap("a,b:1").value() == std::vector<Address>{{"a", 9092}, {"b", 1}});
  CHECK(parse_bootstrap("a,,b").error().code == Errc::invalid_argument);
  CHECK(parse_bootstrap("").error().code == Errc::invalid_argument);
}

TEST_CASE("an address is printed as it can be read again") {
  for (const char* text : {"broker:1", "[::1]:9092"}) CHECK(to_string(parse_address(text).value()) == text);
}
