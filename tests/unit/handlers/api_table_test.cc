// The one list of APIs: inside what the schemas know, in order, and exactly what ApiVersions answers.
#include "handlers/api_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <charconv>
#include <tuple>

#include "streamline/embedded_broker.h"
#include "support/raw_client.h"
#include "wire/messages/api_versions.h"

using namespace streamline;
using namespace streamline::test;

namespace {

using Row = std::tuple<std::int16_t, std::int16_t, std::int16_t>;

std::vector<Row> table_rows() {
  std::vector<Row> rows;
  for (const broker::Api& api : handlers::api_table()) {
    if (api.advertised_min_version == broker::kNotAdvertised) continue;
    rows.emplace_back(static_cast<std::int16_t>(api.key), api.advertised_min_version, api.max_version);
  }
  return rows;
}

struct Fixture {
  EmbeddedBroker broker;
  RawClient client{port()};
  std::uint16_t port() const {
    const std::string text = broker.bootstrap().substr(broker.bootstrap().rfind(':') + 1);
    std::uint16_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  std::vector<Row> ask(std::int16_t version) {
    wire::ApiVersionsRequest request;
    request.client_software_name = "test";
    request.client_software_version = "1.0";
    const auto answer = client.call<wire::ApiVersionsResponse>(request, version);
    CHECK(answer->error_code == 0);
    std::vector<Row> rows;
    for (const auto& api : answer->api_keys) rows.emplace_back(api.api_key, api.min_version, api.max_version);
    return rows;
  }
};

}  // namespace

TEST_CASE("every row lies inside the versions that its schema has") {
  for (const broker::Api& api : handlers::api_table()) {
    const wire::ApiVersions* schema = wire::find_api(static_cast<std::int16_t>(api.key));
    REQUIRE(schema != nullptr);
    CAPTURE(schema->name);
    CHECK(api.min_version >= schema->min);
    CHECK(api.max_version <= schema->max);
    CHECK(api.min_version <= api.max_version);
    CHECK(api.advertised_min_version <= api.min_version);
    // What is not advertised is our own.
    CHECK((api.advertised_min_version >= 0) == (static_cast<std::int16_t>(api.key) < 20'480));
    CHECK(api.handle != nullptr);
  }
}

TEST_CASE("the rows are ordered by key, each key once") {
  const auto rows = table_rows();
  REQUIRE_FALSE(rows.empty());
  CHECK(std::ranges::is_sorted(rows));
  CHECK(std::ranges::adjacent_find(rows, {}, [](const Row& row) { return std::get<0>(row); }) == rows.end());
}

TEST_CASE("ApiVersions answers exactly the table, in every version") {
  Fixture fixture;
  for (std::int16_t version = 0; version <= 4; ++version) {
    CAPTURE(version);
    CHECK(fixture.ask(version) == table_rows());
  }
}

TEST_CASE("rule 4: a version of ApiVersions that is not known is answered in version 0 with error 35") {
  Fixture fixture;
  std::string frame = frame_of(wire::ApiVersionsRequest(), 4);
  // The version stands behind the length and the key.
  frame[6] = 0;
  frame[7] = 99;
  fixture.client.send(frame);
  const auto answer = fixture.client.receive<wire::ApiVersionsResponse>(0);
  CHECK(answer->error_code == 35);
  REQUIRE(answer->api_keys.size() == 1);
  CHECK(answer->api_keys[0].api_key == 18);
}
