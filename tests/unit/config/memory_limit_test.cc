// memory.limit.bytes: every bound within its share, and a limit that cannot be kept is refused.
#include <catch2/catch.hpp>

#include "config/server_config.h"

namespace streamline::config {
namespace {

Properties with(std::vector<std::pair<std::string, std::string>> values) {
  Properties properties;
  values.emplace_back("num.network.threads", "2");
  for (const auto& [key, value] : values) REQUIRE(properties.set(key, {.value = value, .source = Source::flag, .origin = "test"}));
  return properties;
}

TEST_CASE("without a memory limit the properties hold as they are") {
  const Result<ServerConfig> server = make_server_config(with({}));
  REQUIRE(server);
  CHECK(server->max_queued_request_bytes == 1073741824);
  CHECK(server->max_request_bytes == 104857600);
  CHECK(server->fetch_session_partitions == 1'000'000);
}

TEST_CASE("a memory limit lowers what is above its share and raises nothing") {
  const Result<ServerConfig> server =
      make_server_config(with({{"memory.limit.bytes", "268435456"}, {"socket.request.max.bytes", "1000000"}}));
  REQUIRE(server);
  CHECK(server->max_queued_request_bytes == 67108864);
  CHECK(server->max_request_bytes == 1000000);
  CHECK(server->max_queued_response_bytes == 33554432);
  CHECK(server->max_plain_batch_bytes == 33554432);
  CHECK(server->fetch_session_partitions == 32768);
  const Result<ServerConfig> unbounded =
      make_server_config(with({{"memory.limit.bytes", "268435456"}, {"queued.max.request.bytes", "-1"}}));
  REQUIRE(unbounded);
  CHECK(unbounded->max_queued_request_bytes == 67108864);
}

TEST_CASE("a memory limit that is too small is refused with what is needed") {
  const Result<ServerConfig> server = make_server_config(with({{"memory.limit.bytes", "1000000"}}));
  REQUIRE_FALSE(server);
  CHECK(server.error().text ==
        "memory.limit.bytes=1000000 is too small: at least 37748736 bytes are needed with num.network.threads=2 and "
        "landing.buffer.bytes=262144");
}

}  // namespace
}  // namespace streamline::config
