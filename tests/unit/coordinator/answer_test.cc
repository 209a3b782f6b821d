// Answers as their callers get them.
#include "coordinator/answer.h"

#include <catch2/catch.hpp>

#include "wire/messages/heartbeat.h"

namespace streamline::coordinator {
namespace {

using wire::ErrorCode;

const Call kCall{.ticket = Ticket(7), .api = wire::ApiKey::heartbeat, .version = 3};

std::int16_t error_of(const Answer& answer) {
  Arena arena;
  wire::Reader in(answer.body);
  const auto response = wire::HeartbeatResponse::decode(in, answer.version, arena);
  REQUIRE(response);
  return response->error_code;
}

TEST_CASE("an answer is encoded in its caller's version") {
  const Answer answer = encoded_answer(kCall, wire::HeartbeatResponse{.error_code = 27});
  CHECK(answer.ticket == Ticket(7));
  CHECK(answer.api == wire::ApiKey::heartbeat);
  CHECK(answer.version == 3);
  CHECK(error_of(answer) == 27);
}

TEST_CASE("an answer is changed and keeps its ticket") {
  const Answer answer = encoded_answer(kCall, wire::HeartbeatResponse{});
  const Answer changed = changed_answer<wire::HeartbeatResponse>(answer, [](wire::HeartbeatResponse& each) { each.error_code = 16; });
  CHECK(changed.ticket == Ticket(7));
  CHECK(changed.version == 3);
  CHECK(error_of(changed) == 16);
}

TEST_CASE("the log's errors become those of a coordinator") {
  CHECK(coordinator_error(ErrorCode::not_enough_replicas) == ErrorCode::coordinator_not_available);
  CHECK(coordinator_error(ErrorCode::not_enough_replicas_after_append) == ErrorCode::coordinator_not_available);
  CHECK(coordinator_error(ErrorCode::unknown_topic_or_partition) == ErrorCode::coordinator_not_available);
  CHECK(coordinator_error(ErrorCode::request_timed_out) == ErrorCode::coordinator_not_available);
  CHECK(coordinator_error(ErrorCode::not_leader_or_follower) == ErrorCode::not_coordinator);
  CHECK(coordinator_error(ErrorCode::kafka_storage_error) == ErrorCode::not_coordinator);
  CHECK(coordinator_error(ErrorCode::message_too_large) == ErrorCode::unknown_server_error);
  CHECK(coordinator_error(ErrorCode::record_list_too_large) == ErrorCode::unknown_server_error);
  CHECK(coordinator_error(ErrorCode::invalid_fetch_size) == ErrorCode::unknown_server_error);
  CHECK(coordinator_error(ErrorCode::invalid_record) == ErrorCode::invalid_record);
}

}  // namespace
}  // namespace streamline::coordinator
