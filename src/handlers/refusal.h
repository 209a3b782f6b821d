// How an admin request's item is refused: code and text in its answer.
#pragma once

#include <string_view>

#include "base/text.h"
#include "broker/request.h"
#include "wire/error_code.h"

namespace streamline::handlers {

/// The text is copied, and cut to broker::kMaxErrorText: it may quote names that a client has made up.
template <class Answer>
void refuse(broker::Request& request, Answer& answer, wire::ErrorCode code, std::string_view text) {
  answer.error_code = static_cast<std::int16_t>(code);
  answer.error_message = request.arena().copy(whole_characters(text, broker::kMaxErrorText));
}

inline constexpr std::string_view kNoAuthorizer = "No Authorizer is configured on the broker";

}  // namespace streamline::handlers
