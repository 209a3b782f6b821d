// Who is connected, and ending it: what DescribeConnections and CloseConnections ask of all event loops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "broker/request.h"
#include "broker/shard.h"

namespace streamline::broker {

struct OpenConnection {
  std::uint64_t id = 0;  ///< unique in this process, never reused
  std::string listener;
  std::string host;
  std::uint16_t port = 0;
  std::string client_id;  ///< of its first request; empty until then
  ClientSoftware software;
  std::int64_t age_ms = 0;
  std::int64_t idle_ms = 0;  ///< since bytes last came or went
  std::uint64_t requests = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::size_t in_flight = 0;  ///< requests without an answer, a fetch that waits among them
  std::optional<std::int16_t> last_api_key{};
  bool is_throttled = false;  ///< nothing is read from it for now
  bool is_own = false;        ///< the one that the request came by
};

/// Ascending by id. timed_out: an event loop did not answer in time. Both wait for every event loop: on the pool only.
Result<std::vector<OpenConnection>> open_connections(const Request& request);

struct ClosedConnections {
  std::vector<std::uint64_t> ids;      ///< ascending
  std::optional<std::uint64_t> own{};  ///< that of the request, where it was among them: it stays open
};
/// Numbers that no connection has are left out of the answer. After timed_out some may be closed.
Result<ClosedConnections> close_connections(const Request& request, std::vector<std::uint64_t> ids);

}  // namespace streamline::broker
