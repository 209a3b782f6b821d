// Effects: what the operations of one turn want done: records to append as one, and answers to release once those are durable.
#pragma once

#include <vector>

#include "coordinator/answer.h"
#include "coordinator/record_list.h"
#include "groups/call.h"
#include "wire/error_code.h"

namespace streamline::groups {

using coordinator::Answer;
using coordinator::coordinator_error;
using coordinator::RecordList;

/// Given to every operation, which only adds. Belongs to the runtime, which takes what is in it at the end of a turn.
struct Effects {
  RecordList records{};
  std::vector<Answer> answers{};

  /// Encodes `response` for `call`.
  template <class Response>
  void answer(const Call& call, const Response& response) {
    answers.push_back(coordinator::encoded_answer(call, response));
  }
  void clear();
};

/// `answer` was held back for records that were not written: the same answer with `error` in place of every success in it.
Answer failed_answer(const Answer& answer, wire::ErrorCode error);

}  // namespace streamline::groups
