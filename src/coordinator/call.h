// What an operation of a coordinator is told beside its request: who calls, with which version, and what time it is.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "wire/api_key.h"

namespace streamline::coordinator {

/// Names one request that waits for its answer. The runtime chooses the number and never uses one twice in a shard's life.
struct Ticket : Strong<struct TicketTag, std::uint64_t> {
  using Strong::Strong;
  friend constexpr auto operator<=>(Ticket, Ticket) = default;
};

/// The time of an operation. Deadlines are counted on the first clock, which never goes back; what is written to the log is of
/// the second, in milliseconds since 1970.
struct Now {
  std::int64_t monotonic_ms = 0;
  std::int64_t wall_ms = 0;
};

/// One request. The views live until the operation returns.
struct Call {
  Ticket ticket{};
  wire::ApiKey api{};
  std::int16_t version = 0;
  std::string_view client_id{};
  /// As Kafka shows it: "/127.0.0.1".
  std::string_view client_host{};
};

}  // namespace streamline::coordinator
