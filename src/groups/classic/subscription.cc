// Reads ConsumerProtocolSubscription.
#include "groups/classic/subscription.h"

#include <algorithm>

#include "wire/messages/consumer_protocol_subscription.h"
#include "wire/reader.h"

namespace streamline::groups {

bool add_subscribed_topics(ByteView metadata, std::set<std::string, std::less<>>& topics) {
  Arena arena(0);
  wire::Reader in(metadata);
  const std::int16_t version = in.int16();
  if (!in.ok() || version < 0) return false;
  const auto subscription =
      wire::ConsumerProtocolSubscription::decode(in, std::min(version, wire::ConsumerProtocolSubscription::kMaxVersion), arena);
  if (!subscription) return false;
  for (const std::string_view topic : subscription->topics) topics.emplace(topic);
  return true;
}

}  // namespace streamline::groups
