// Kafka's uuid and its text.
#include <catch2/catch.hpp>
#include <set>

#include "base/ids.h"

using namespace streamline;

TEST_CASE("a uuid's text is 22 characters of URL-safe base64 and reads back") {
  for (int i = 0; i < 200; ++i) {
    const Uuid id = Uuid::random();
    const std::string text = id.to_string();
    CHECK(text.size() == 22);
    CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
    CHECK(Uuid::parse(text).value() == id);
  }
}

TEST_CASE("a uuid's text is Kafka's") {
  Uuid id;
  CHECK(id.to_string() == "AAAAAAAAAAAAAAAAAAAAAA");
  id.bytes[15] = std::byte{1};
  CHECK(id.to_string() == "AAAAAAAAAAAAAAAAAAAAAQ");
  id.bytes.fill(std::byte{0xff});
  CHECK(id.to_string() == "_____________________w");
  CHECK(Uuid::parse("_____________________w==").value() == id);
}

TEST_CASE("a random uuid is of version 4 and not zero") {
  std::set<Uuid> seen;
  for (int i = 0; i < 100; ++i) {
    const Uuid id = Uuid::random();
    CHECK((id.bytes[6] & std::byte{0xf0}) == std::byte{0x40});
    CHECK((id.bytes[8] & std::byte{0xc0}) == std::byte{0x80});
    CHECK_FALSE(id.is_zero());
    seen.insert(id);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("what is no uuid is refused") {
  for (const char* text : {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAAA A"}) {
    CAPTURE(text);
    const auto id = Uuid::parse(text);
    REQUIRE_FALSE(id);
    CHECK(id.error().code == Errc::malformed);
  }
}
