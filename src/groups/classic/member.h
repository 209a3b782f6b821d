// ClassicMember: one member of a classic group. Plain values; ClassicGroup keeps them consistent with each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "groups/call.h"

namespace streamline::groups {

/// One way to assign partitions that a member offers, and what it tells the leader about itself for it. Most wanted first.
struct OfferedProtocol {
  std::string name{};
  std::vector<std::byte> metadata{};
  friend bool operator==(const OfferedProtocol&, const OfferedProtocol&) = default;
};

/// A request that waits for its answer; its API is known from where it stands.
struct ParkedCall {
  Ticket ticket{};
  std::int16_t version = 0;
};

struct ClassicMember {
  std::string id{};
  /// Of a static member (KIP-345).
  std::optional<std::string> instance_id{};
  std::string client_id{};
  std::string client_host{};
  std::int32_t rebalance_timeout_ms = 0;
  std::int32_t session_timeout_ms = 0;
  std::vector<OfferedProtocol> protocols{};
  /// Of the last assignment that the leader handed in.
  std::vector<std::byte> assignment{};

  // Not in the log.
  std::optional<ParkedCall> join{};
  std::optional<ParkedCall> sync{};
  /// Its first JoinGroup has not been answered: it does not know its id and cannot heartbeat.
  bool is_new = false;
  /// Members that joined earlier have a smaller one.
  std::uint64_t order = 0;

  /// What it offers for `protocol`; empty when it does not offer it.
  ByteView metadata_for(std::string_view protocol) const {
    for (const OfferedProtocol& offered : protocols) {
      if (offered.name == protocol) return offered.metadata;
    }
    return {};
  }
};

}  // namespace streamline::groups
