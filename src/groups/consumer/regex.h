// Regular expressions of subscriptions, in RE2's syntax: matching takes time linear in the text whatever the expression is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "groups/consumer/consumer_group.h"
#include "groups/topics.h"

namespace streamline::groups::consumer {

/// Memory that one expression may take; a larger one is refused as if it were malformed.
inline constexpr long kMaxRegexBytes = 256L * 1024;

/// None when the expression is a good one, otherwise what is wrong with it.
std::optional<std::string> regex_error(std::string_view regex);

/// The topics whose whole name matches. `regex` is a good one; one that is not matches nothing.
ResolvedRegex resolve(std::string_view regex, const TopicLookup& topics, std::int64_t wall_ms);

}  // namespace streamline::groups::consumer
