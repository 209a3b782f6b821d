// Kafka's codes to ours.
#include "client/broker_error.h"

#include <fmt/format.h>

namespace streamline::client {

namespace {

Errc code_of(wire::ErrorCode code) {
  switch (code) {
    case wire::ErrorCode::unknown_topic_or_partition:
    case wire::ErrorCode::unknown_topic_id:
    case wire::ErrorCode::group_id_not_found:
    case wire::ErrorCode::resource_not_found: return Errc::not_found;
    case wire::ErrorCode::topic_already_exists:
    case wire::ErrorCode::duplicate_resource: return Errc::already_exists;
    case wire::ErrorCode::topic_authorization_failed:
    case wire::ErrorCode::group_authorization_failed:
    case wire::ErrorCode::cluster_authorization_failed:
    case wire::ErrorCode::transactional_id_authorization_failed:
    case wire::ErrorCode::sasl_authentication_failed: return Errc::permission;
    case wire::ErrorCode::request_timed_out: return Errc::timed_out;
    case wire::ErrorCode::unsupported_version: return Errc::unsupported;
    case wire::ErrorCode::offset_out_of_range: return Errc::offset_out_of_range;
    default: return Errc::invalid_argument;
  }
}

/// Not retriable by Kafka's table, yet a new look at the metadata heals it.
bool is_stale_metadata(wire::ErrorCode code) {
  return code == wire::ErrorCode::unknown_topic_id || code == wire::ErrorCode::fenced_leader_epoch;
}

}  // namespace

Failure broker_failure(std::int16_t error_code, std::string_view doing, std::optional<std::string_view> message) {
  const auto known = wire::error_code_of(error_code);
  const wire::ErrorCode code = known.value_or(wire::ErrorCode::unknown_server_error);
  const std::string name = known ? std::string(wire::to_string(code)) : fmt::format("error {}", error_code);
  const std::string text =
      message && !message->empty() ? fmt::format("{}: {} ({})", doing, *message, name) : fmt::format("{}: {}", doing, name);
  return {.error = {.code = code_of(code), .text = text}, .retriable = wire::is_retriable(code) || is_stale_metadata(code)};
}

Failure connection_failure(Error error) {
  const bool retriable = error.code == Errc::closed || error.code == Errc::timed_out;
  return {.error = std::move(error), .retriable = retriable};
}

}  // namespace streamline::client
