// What becomes of a group when one of its members speaks, in whichever protocol: the part that both have in common.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "groups/consumer/consumer_group.h"
#include "groups/step.h"
#include "wire/error_code.h"

namespace streamline::groups::consumer {

/// Why a member is refused; nothing has changed then.
struct Refusal {
  wire::ErrorCode error = wire::ErrorCode::none;
  std::string text{};
};

/// What a member said, checked but for what is asked here.
struct MemberChange {
  std::string_view group{};
  std::string_view member_id{};
  MemberMetadata metadata{};
  /// The static member whose place it takes; empty when it takes nobody's.
  std::string replaces{};
  /// What it owns at the moment, when it says so.
  std::optional<TopicPartitions> owned{};
};

struct Changed {
  ConsumerGroup* group = nullptr;
  /// What it was told to hold before.
  HeldPartitions before{};
};

/// Writes the member down, the group's next epoch and target if it makes them necessary, and what the member holds next. The group
/// is of the new protocol or not known yet.
std::expected<Changed, Refusal> change_member(Step& step, MemberChange change);

/// Ends the group's note of its last rebalance when all members have reached their target.
void note_progress(Step& step, ConsumerGroup& group);

}  // namespace streamline::groups::consumer
