// Which clients count as lost, by hand-set times.
#include "broker/address_watch.h"

#include <catch2/catch.hpp>

namespace streamline::broker {
namespace {

using Lost = std::vector<AddressWatch::Lost>;
constexpr std::int64_t kLate = AddressWatch::kPatienceMs;

TEST_CASE("a client that was told an address and asks for nothing else is lost, once") {
  AddressWatch watch;
  watch.opened("10.0.0.7");
  watch.told("10.0.0.7", "broker.example:9092", 100);
  CHECK(watch.take_lost(100 + kLate - 1).empty());
  CHECK(watch.take_lost(100 + kLate) == Lost{{"10.0.0.7", "broker.example:9092", kLate}});
  CHECK(watch.take_lost(100 + 2 * kLate).empty());
}

TEST_CASE("a client that has asked for more, or has gone, is not lost") {
  AddressWatch watch;
  watch.opened("10.0.0.7");
  watch.told("10.0.0.7", "b:1", 0);
  watch.opened("10.0.0.7");
  watch.settled("10.0.0.7");
  watch.opened("10.0.0.8");
  watch.told("10.0.0.8", "b:1", 0);
  watch.closed("10.0.0.8");
  watch.opened("10.0.0.9");
  CHECK(watch.take_lost(kLate).empty());
}

TEST_CASE("asking again does not begin the wait anew, and the last connection's end forgets the client") {
  AddressWatch watch;
  watch.opened("a");
  watch.opened("a");
  watch.told("a", "b:1", 0);
  watch.told("a", "b:1", kLate - 1);
  watch.closed("a");
  CHECK(watch.take_lost(kLate).size() == 1);
  watch.closed("a");
  watch.closed("a");
  watch.settled("a");
  watch.told("a", "b:1", 0);
  CHECK(watch.take_lost(3 * kLate).empty());
}

TEST_CASE("an address is named once for all its clients until some time has passed") {
  AddressWatch watch;
  for (const char* client : {"a", "b"}) {
    watch.opened(client);
    watch.told(client, "b:1", 0);
  }
  CHECK(watch.take_lost(kLate).size() == 1);
  watch.opened("c");
  watch.told("c", "b:1", kLate);
  CHECK(watch.take_lost(3 * kLate).empty());
  watch.opened("d");
  watch.told("d", "b:1", AddressWatch::kQuietMs);
  CHECK(watch.take_lost(AddressWatch::kQuietMs + kLate).size() == 1);
}

TEST_CASE("hosts above the bound are not watched") {
  AddressWatch watch;
  for (std::size_t i = 0; i <= AddressWatch::kMostClients; ++i) watch.opened(std::to_string(i));
  const std::string above = std::to_string(AddressWatch::kMostClients);
  watch.told(above, "b:1", 0);
  CHECK(watch.take_lost(kLate).empty());
  watch.closed(above);
}

}  // namespace
}  // namespace streamline::broker
