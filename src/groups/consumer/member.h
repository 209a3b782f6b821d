// ConsumerMember: one member of a KIP-848 group. Plain values, in two parts as the log has them; ConsumerGroup keeps them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "groups/classic/member.h"
#include "groups/consumer/partitions.h"

namespace streamline::groups {

/// The epoch of a heartbeat that leaves for good, and of one by which a static member says that it will be back. A static member
/// that is away keeps the second for its epoch.
inline constexpr std::int32_t kLeaveEpoch = -1;
inline constexpr std::int32_t kStaticLeaveEpoch = -2;

/// Where a member is on its way to its target. The numbers are those of the log.
enum class MemberState : std::int8_t {
  stable = 0,     // it has what the target of its epoch gave it
  unrevoked = 1,  // it has to give up partitions before it goes on to the next epoch
  unreleased = 2  // it is in its epoch, but others still hold partitions of its target
};

/// What a member of the classic protocol says of itself beside.
struct ClassicPart {
  std::int32_t session_timeout_ms = 0;
  std::vector<OfferedProtocol> protocols{};
  friend bool operator==(const ClassicPart&, const ClassicPart&) = default;
};

/// What the member said of itself.
struct MemberMetadata {
  std::optional<std::string> instance_id{};
  std::optional<std::string> rack_id{};
  std::string client_id{};
  std::string client_host{};
  /// Ascending, each once.
  std::vector<std::string> topics{};
  /// Empty: none.
  std::string regex{};
  std::int32_t rebalance_timeout_ms = -1;
  /// The assignor that it prefers.
  std::optional<std::string> assignor{};
  /// Of a member that speaks the classic protocol.
  std::optional<ClassicPart> classic{};
  friend bool operator==(const MemberMetadata&, const MemberMetadata&) = default;
};

/// What it has been told to hold.
struct MemberAssignment {
  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  MemberState state = MemberState::stable;
  HeldPartitions assigned{};
  /// Not its own any more, yet nobody else's until it says that it has let go.
  HeldPartitions pending_revocation{};
  friend bool operator==(const MemberAssignment&, const MemberAssignment&) = default;
};

struct ConsumerMember {
  std::string id{};
  MemberMetadata metadata{};
  MemberAssignment assignment{};

  bool is_classic() const { return metadata.classic.has_value(); }
  bool has_reached(std::int32_t target_epoch) const { return assignment.state == MemberState::stable && assignment.epoch == target_epoch; }
};

}  // namespace streamline::groups
