// What error codes of brokers become.
#include "client/broker_error.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::client;

TEST_CASE("a broker's refusal keeps its text and Kafka's name, and gets our code") {
  const Failure unknown = broker_failure(3, "topic 'x'");
  CHECK(unknown.error.code == Errc::not_found);
  CHECK(unknown.error.text == "topic 'x': UNKNOWN_TOPIC_OR_PARTITION");
  CHECK(unknown.retriable);
  const Failure exists = broker_failure(36, "topic 'x'", "it is there");
  CHECK(exists.error.code == Errc::already_exists);
  CHECK(exists.error.text == "topic 'x': it is there (TOPIC_ALREADY_EXISTS)");
  CHECK_FALSE(exists.retriable);
  CHECK(broker_failure(29, "x").error.code == Errc::permission);
  CHECK(broker_failure(7, "x").error.code == Errc::timed_out);
  CHECK(broker_failure(10, "x").error.code == Errc::invalid_argument);
}

TEST_CASE("a code that Kafka does not have is shown by its number") { CHECK(broker_failure(9999, "x").error.text == "x: error 9999"); }

TEST_CASE("only lost connections are tried again") {
  CHECK(connection_failure({Errc::closed, ""}).retriable);
  CHECK(connection_failure({Errc::timed_out, ""}).retriable);
  CHECK_FALSE(connection_failure({Errc::malformed, ""}).retriable);
}
