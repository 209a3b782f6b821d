// What the requests about transactions have in common: the way to the coordinator of a transactional id, and what is said when that is
// not to be had.
#pragma once

#include <string_view>

#include "broker/broker.h"
#include "broker/coordinator/desk.h"
#include "broker/coordinator/transaction_coordinators.h"
#include "broker/shard.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

/// On the pool, for a request that came before anybody asked for a coordinator: makes the topic. The error to answer with: the client
/// asks again, and then finds everything there.
inline wire::ErrorCode make_transactions_topic(Request& request) {
  return request.broker().transactions().make_topic() ? wire::ErrorCode::coordinator_load_in_progress
                                                      : wire::ErrorCode::coordinator_not_available;
}

inline bool lacks_transactions_topic(Request& request) { return request.broker().transactions().all().empty(); }

/// Calls `operation(shard, call, now, effects)` for the transactional id, which answers by itself; otherwise replies with
/// `refused(error)`.
template <class Refused, class Operation>
void run_on_transaction(Request& request, std::string_view id, Refused refused, Operation operation) {
  if (request.may_block()) return request.reply(refused(make_transactions_topic(request)));
  broker::TransactionPartition* partition = request.broker().transactions().partition_of(id);
  const wire::ErrorCode error = request.shard().desk().run(request, partition, broker::Writes::likely, operation);
  if (error == wire::ErrorCode::none) return;
  if (partition == nullptr) return request.continue_on_pool();
  request.reply(refused(error));
}

}  // namespace streamline::handlers
