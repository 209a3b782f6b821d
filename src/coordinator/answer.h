// Answer: the response to one request, encoded, and on its way to whoever holds the ticket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/assert.h"
#include "coordinator/call.h"
#include "wire/error_code.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::coordinator {

/// The body of one response, encoded in the version its caller asked with. Owns its bytes: it may wait for a sync.
struct Answer {
  Ticket ticket{};
  wire::ApiKey api{};
  std::int16_t version = 0;
  std::vector<std::byte> body{};
};

template <class Response>
Answer encoded_answer(const Call& call, const Response& response) {
  Answer answer{call.ticket, call.api, call.version, {}};
  answer.body.resize(response.encoded_size(call.version));
  wire::Writer out(answer.body);
  response.encode(out, call.version);
  return answer;
}

/// `answer` again, after `change(response)`.
template <class Response, class Change>
Answer changed_answer(const Answer& answer, Change&& change) {
  Arena arena;
  wire::Reader in(answer.body);
  auto response = Response::decode(in, answer.version, arena);
  SL_ASSERT(response.has_value());
  change(*response);
  return encoded_answer(Call{.ticket = answer.ticket, .api = answer.api, .version = answer.version}, *response);
}

/// For answers that tell of what was not written: a failure stays the one that it is.
inline void replace_success(std::int16_t& code, wire::ErrorCode error) {
  if (code == static_cast<std::int16_t>(wire::ErrorCode::none)) code = static_cast<std::int16_t>(error);
}

/// What a coordinator tells its client when the log answered `append_error` to its records (rule 104).
wire::ErrorCode coordinator_error(wire::ErrorCode append_error);

}  // namespace streamline::coordinator
