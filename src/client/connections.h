// Connections of a broker: who is connected, and ending it. Only our own broker tells; its APIs are 20480 and 20481.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/cluster.h"

namespace streamline::client {

struct OpenConnection {
  std::int64_t id = 0;  ///< never used again by this broker's process
  std::string listener;
  std::string host;
  std::uint16_t port = 0;
  std::string client_id;
  std::string software_name;  ///< empty when the client did not tell
  std::string software_version;
  std::int64_t connected_ms = 0;  ///< since 1970
  std::int64_t idle_ms = 0;
  std::int64_t requests = 0;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  std::int32_t in_flight = 0;
  std::string last_api;  ///< Kafka's name, or its number; empty before the first request
  bool is_throttled = false;
  bool is_own = false;  ///< the one that asked
};

/// Ascending by id. unsupported: the broker is another one, which closed the connection that asked; else broker_failure's and the
/// connection's errors.
Result<std::vector<OpenConnection>> open_connections(Cluster& cluster);

struct CloseOutcome {
  std::int64_t id = 0;
  /// Why it was not closed: not_found, or invalid_argument for the connection that asks.
  std::optional<Error> error{};
};
/// One for each id, in their order. Not tried again: an id that is gone afterwards may have been closed. Errors: open_connections'.
Result<std::vector<CloseOutcome>> close_connections(Cluster& cluster, const std::vector<std::int64_t>& ids);

}  // namespace streamline::client
