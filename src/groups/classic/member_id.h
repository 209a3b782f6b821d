// Member ids as Kafka makes them: the client's id, or the instance's, and a random part.
#pragma once

#include <string>
#include <string_view>

#include "groups/call.h"

namespace streamline::groups::classic {

/// "prefix-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". A prefix beyond kMaxPrefixBytes is cut, so that the id still fits into a string
/// of the protocol.
std::string make_member_id(std::string_view prefix, IdSource& ids);
inline constexpr std::size_t kMaxPrefixBytes = 1024;

}  // namespace streamline::groups::classic
