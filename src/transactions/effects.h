// Effects: what the operations of one turn want done: records to append as one, answers to release and markers to write once those
// are durable, and answers that wait for nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/answer.h"
#include "coordinator/call.h"
#include "coordinator/record_list.h"
#include "transactions/transaction.h"
#include "wire/error_code.h"

namespace streamline::transactions {

using coordinator::Answer;
using coordinator::Call;
using coordinator::Now;
using coordinator::RecordList;
using coordinator::Ticket;

/// The end of one transaction, to be written to each of its partitions as a control batch.
///
/// It may be carried out only after everything appended up to its turn is durable, and only as long as the shard that gave it lives:
/// a marker of an order that a reloaded shard has given anew could end the producer's next transaction if it came late. A partition
/// that is not there any more counts as written.
struct MarkerOrder {
  /// Of this shard; never twice.
  std::uint64_t number = 0;
  std::string transactional_id{};
  Producer producer{};
  std::int32_t coordinator_epoch = 0;
  Outcome outcome = Outcome::abort;
  /// With `bumping` the epoch is above that of the data it ends.
  Protocol protocol = Protocol::classic;
  Partitions partitions{};
};

/// Given to every operation, which only adds. Belongs to the runtime, which takes what is in it at the end of a turn.
struct Effects {
  RecordList records{};
  /// Held back until everything appended so far is durable.
  std::vector<Answer> answers{};
  /// Held back as the answers are.
  std::vector<MarkerOrder> orders{};
  /// May leave at once: all that they say is durable already. Ends of transactions, whose Complete record only spares a restart
  /// the work of writing the markers again.
  std::vector<Answer> settled{};

  template <class Response>
  void answer(const Call& call, const Response& response) {
    answers.push_back(coordinator::encoded_answer(call, response));
  }
  void clear();
};

/// `answer` was held back for records that were not written: the same answer with `error` in place of every success in it.
Answer failed_answer(const Answer& answer, wire::ErrorCode error);

/// Kafka's older clients do not know PRODUCER_FENCED: below version `since` it is INVALID_PRODUCER_EPOCH.
wire::ErrorCode told(wire::ErrorCode error, const Call& call, std::int16_t since);

}  // namespace streamline::transactions
