// Listener lists and how they fit together.
#include "config/listener.h"

#include <catch2/catch.hpp>

#include "config/server_config.h"

namespace streamline::config {

namespace {

Properties with(std::vector<std::pair<std::string, std::string>> values) {
  Properties properties;
  for (auto& [key, value] : values) REQUIRE(properties.set(key, {value, Source::flag, "-X"}).has_value());
  return properties;
}
std::string refused(std::vector<std::pair<std::string, std::string>> values) {
  const Result<Listeners> listeners = make_listeners(with(std::move(values)));
  return listeners ? "accepted" : listeners.error().text;
}

}  // namespace

TEST_CASE("with nothing configured both loopback addresses are bound and nothing is advertised") {
  const Result<Listeners> listeners = make_listeners(Properties());
  REQUIRE(listeners.has_value());
  CHECK(listeners->bound == std::vector<Listener>{{"PLAINTEXT", "127.0.0.1", 9092}, {"PLAINTEXT", "::1", 9092}});
  CHECK(listeners->advertised.empty());
  for (const Listener& listener : listeners->bound) CHECK(listener.is_loopback());
}

TEST_CASE("entries are parsed with names in upper case, brackets taken off, empty hosts kept") {
  const auto parsed = parse_listeners("plaintext://:9092, Inside://[fe80::1%eth0]:0 ,OUTSIDE://my-host.example:65535");
  REQUIRE(parsed.has_value());
  CHECK(*parsed == std::vector<Listener>{{"PLAINTEXT", "", 9092}, {"INSIDE", "fe80::1%eth0", 0}, {"OUTSIDE", "my-host.example", 65535}});
  CHECK(to_string((*parsed)[0]) == "PLAINTEXT://:9092");
  CHECK(to_string((*parsed)[1]) == "INSIDE://[fe80::1%eth0]:0");
  CHECK_FALSE((*parsed)[0].is_loopback());
}

TEST_CASE("a malformed entry is quoted in the error") {
  const auto text = [](std::string_view list) {
    const auto parsed = parse_listeners(list);
    return parsed ? std::string("accepted") : parsed.error().text;
  };
  CHECK(text("localhost:9092") == "localhost:9092: expected NAME://host:port");
  CHECK(text("://localhost:9092") == "://localhost:9092: expected NAME://host:port");
  CHECK(text("A://localhost") == "A://localhost: no port");
  CHECK(text("A://localhost:99999") == "A://localhost:99999: the port is not a number from 0 to 65535");
  CHECK(text("A://localhost:") == "A://localhost:: the port is not a number from 0 to 65535");
  CHECK(text("A://localhost:-1") == "A://localhost:-1: the port is not a number from 0 to 65535");
  CHECK(text("A://::1:9092") == "A://::1:9092: put an IPv6 address in brackets");
  CHECK(text("A://bad host:1") == "A://bad host:1: not a host name or address");
  CHECK(text("A B://h:1") == "A B://h:1: not a listener name");
}

TEST_CASE("--listen takes host:port, [v6]:port, :port and a port alone") {
  CHECK(parse_host_port("example:1").value() == Listener{"PLAINTEXT", "example", 1});
  CHECK(parse_host_port("[::1]:2").value() == Listener{"PLAINTEXT", "::1", 2});
  CHECK(parse_host_port(":3").value() == Listener{"PLAINTEXT", "", 3});
  CHECK(parse_host_port("4").value() == Listener{"PLAINTEXT", "", 4});
  CHECK_FALSE(parse_host_port("example").has_value());
  CHECK_FALSE(parse_host_port("").has_value());
}

TEST_CASE("several listeners with their own advertised addresses") {
  const Properties properties = with({{"listeners", "IN://0.0.0.0:9092,OUT://0.0.0.0:19092"},
                                      {"advertised.listeners", "OUT://example.org:443,IN://broker:9092"},
                                      {"listener.security.protocol.map", "IN:PLAINTEXT,OUT:plaintext"}});
  const Result<Listeners> listeners = make_listeners(properties);
  REQUIRE(listeners.has_value());
  CHECK(listeners->bound == std::vector<Listener>{{"IN", "0.0.0.0", 9092}, {"OUT", "0.0.0.0", 19092}});
  CHECK(listeners->advertised == std::vector<Listener>{{"OUT", "example.org", 443}, {"IN", "broker", 9092}});
}

TEST_CASE("a controller's listeners are left out") {
  const Result<Listeners> listeners =
      make_listeners(with({{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"}, {"controller.listener.names", "controller"}}));
  REQUIRE(listeners.has_value());
  CHECK(listeners->bound == std::vector<Listener>{{"PLAINTEXT", "", 9092}});
  CHECK(refused({{"listeners", "CONTROLLER://:9093"}, {"controller.listener.names", "CONTROLLER"}}) ==
        "-X: listeners: no listener is left to open");
}

TEST_CASE("a protocol other than PLAINTEXT is refused by name") {
  CHECK(refused({{"listeners", "SSL://:9093"}}) == "-X: listeners: SSL://:9093: protocol SSL: this version opens PLAINTEXT listeners only");
  CHECK(refused({{"listeners", "X://:9093"}}) == "-X: listeners: X://:9093: listener.security.protocol.map gives this name no protocol");
  CHECK(refused({{"listener.security.protocol.map", "PLAINTEXT"}}) ==
        "listeners: -X: listener.security.protocol.map: PLAINTEXT: expected NAME:PROTOCOL");
}

TEST_CASE("a name or an address that stands twice is refused, but for an IPv4 and IPv6 pair") {
  CHECK(refused({{"listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2"}}) ==
        "-X: listeners: PLAINTEXT://b:2: the name PLAINTEXT stands twice; only an IPv4 and an IPv6 address may share one");
  CHECK(refused({{"listeners", "A://h:1,B://h:1"}, {"listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"}}) ==
        "-X: listeners: B://h:1: the address stands twice");
  CHECK(refused({{"listeners", "A://h:0,B://h:0"}, {"listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"}}) == "accepted");
  CHECK(refused({{"listeners", "PLAINTEXT://0.0.0.0:1,PLAINTEXT://[::]:1"}}) == "accepted");
}

TEST_CASE("an advertised address must be reachable and belong to a listener") {
  CHECK(refused({{"advertised.listeners", "PLAINTEXT://0.0.0.0:9092"}}) ==
        "-X: advertised.listeners: PLAINTEXT://0.0.0.0:9092: clients cannot connect to this; name the host they reach this broker by");
  CHECK(refused({{"advertised.listeners", "PLAINTEXT://h:0"}}) ==
        "-X: advertised.listeners: PLAINTEXT://h:0: clients cannot connect to port 0");
  CHECK(refused({{"advertised.listeners", "OTHER://h:1"}}) ==
        "-X: advertised.listeners: OTHER://h:1: no listener has the name OTHER; add it to listeners, such as OTHER://0.0.0.0:1");
  CHECK(refused({{"advertised.listeners", "PLAINTEXT://h:1,PLAINTEXT://i:1"}}) ==
        "-X: advertised.listeners: PLAINTEXT://i:1: the name PLAINTEXT stands twice");
}

TEST_CASE("the plain server values follow the properties") {
  const Result<ServerConfig> server = make_server_config(with({{"node.id", "3"},
                                                               {"log.dirs", "/var/lib/streamline"},
                                                               {"num.network.threads", "5"},
                                                               {"max.connections", "10"},
                                                               {"durability", "interval"}}));
  REQUIRE(server.has_value());
  CHECK(server->node_id == 3);
  CHECK(server->data_dir == "/var/lib/streamline");
  CHECK(server->reactor_count == 5);
  CHECK(server->max_connections == 10);
  CHECK(server->durability == Durability::interval);
  CHECK(server->fetch_max_bytes == 57671680);
  CHECK(server->max_request_bytes == 104857600);
}

TEST_CASE("without a number there is one reactor per core") {
  const Result<ServerConfig> server = make_server_config(Properties());
  REQUIRE(server.has_value());
  CHECK(server->reactor_count >= 1);
}

}  // namespace streamline::config
