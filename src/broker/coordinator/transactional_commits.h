// TransactionalCommits: a reactor's side of offsets that are committed in transactions. Whether its transaction has the group is asked
// first, unless the group's log says so (kafka-rules 61); then the group takes the commit. Belongs to its reactor's thread.
#pragma once

#include <list>

#include "base/arena.h"
#include "broker/request.h"
#include "wire/error_code.h"
#include "wire/messages/txn_offset_commit.h"

namespace streamline::broker {

class GroupPartition;
class Shard;

class TransactionalCommits {
 public:
  explicit TransactionalCommits(Shard& shard);
  ~TransactionalCommits();
  TransactionalCommits(const TransactionalCommits&) = delete;
  TransactionalCommits& operator=(const TransactionalCommits&) = delete;

  /// Takes in a request about the groups of `partition`; the answer comes later and by itself.
  void begin(const Request& request, const wire::TxnOffsetCommitRequest& message, GroupPartition& partition);
  /// On the reactor's thread: nobody is answered any more.
  void shut_down();

 private:
  class Op;
  Shard& shard_;
  std::list<Op> ops_;
};

/// The answer that says `error` of every partition.
wire::TxnOffsetCommitResponse refused_commit(const wire::TxnOffsetCommitRequest& message, wire::ErrorCode error, Arena& arena);

}  // namespace streamline::broker
