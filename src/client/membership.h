// Membership: one member of a classic consumer group, which reads one topic. Blocking; no thread of its own: its owner calls beat()
// often enough.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/cluster.h"
#include "client/groups.h"
#include "wire/messages/join_group.h"

namespace streamline::client {

struct MembershipOptions {
  std::string group;
  std::string topic;
  /// After this long without a beat() that came through the coordinator takes the member for dead.
  std::chrono::milliseconds session_timeout{45'000};
  /// How long others wait for this member when the group rebalances.
  std::chrono::milliseconds rebalance_timeout{60'000};
  std::chrono::milliseconds heartbeat_interval{3'000};
  /// All tries of one join together; it lasts as long as the slowest member of the group takes.
  std::chrono::milliseconds join_timeout{300'000};
};

/// Belongs to one thread.
class Membership {
 public:
  Membership(Cluster& cluster, MembershipOptions options) : cluster_(cluster), options_(std::move(options)) {}

  /// Joins, or joins again after a rebalance; the partitions that the member owns from now on, ascending. What it owned before is
  /// another's by now: commit first. Errors: broker_failure's and the connection's.
  Result<std::vector<std::int32_t>> join();

  enum class Standing : std::uint8_t { member, must_rejoin };
  /// A heartbeat, when it is time for one. An unreachable coordinator is asked again the next time.
  Result<Standing> beat();

  /// What is accepted in this generation only. By any cluster client: the last commit may come after the usual one was cancelled.
  Status commit(Cluster& cluster, const GroupOffsets& offsets) const;
  /// Gives the partitions to the others at once.
  Status leave(Cluster& cluster);

 private:
  enum class Again : std::uint8_t { at_once, after_pause };
  struct Refusal {
    Failure failure;
    Again again = Again::after_pause;
  };
  template <class T>
  using Step = std::expected<T, Refusal>;

  Step<std::vector<std::int32_t>> join_once();
  Step<std::vector<std::int32_t>> sync(Connection& coordinator, const wire::JoinGroupResponse& joined);
  Result<std::map<std::string, std::vector<TopicPartition>>> divide(const wire::JoinGroupResponse& joined);
  /// What to do about an error of JoinGroup or SyncGroup.
  Refusal refused(std::int16_t error, std::string_view doing);

  Cluster& cluster_;
  MembershipOptions options_;
  std::string member_id_;
  std::int32_t generation_ = -1;
  Deadline next_beat_{};
};

}  // namespace streamline::client
