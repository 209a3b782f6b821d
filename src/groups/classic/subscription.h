// The only part of a member's metadata that the coordinator reads: the topics a consumer subscribes to.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace streamline::groups {

/// Members of this protocol type write their metadata as a ConsumerProtocolSubscription.
inline constexpr std::string_view kConsumerProtocolType = "consumer";

/// Adds the topics named in `metadata` to `topics`; false when it does not parse. A version newer than ours is read as our newest.
[[nodiscard]] bool add_subscribed_topics(ByteView metadata, std::set<std::string, std::less<>>& topics);

}  // namespace streamline::groups
