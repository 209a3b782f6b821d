// AppendStage: the batches that a reactor took in during a turn; flush() writes them, one write per partition (architecture.md 3.4).
// Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "broker/produce_op.h"
#include "storage/log.h"

namespace streamline::broker {

class Partition;
class Shard;

class AppendStage {
 public:
  explicit AppendStage(Shard& shard) : shard_(shard) {}

  /// `batch` passed the checks of record/validator.h and stays where it is until flush(). `partition` is held by the turn's topics.
  /// A guard belongs to transactional data; the part gives it back.
  void add(Partition& partition, MutableBytes batch, ProduceOp& op, ProduceOp::Part& part,
           std::optional<storage::TransactionGuard> guard = std::nullopt);
  bool empty() const { return staged_.empty(); }
  /// Writes everything, tells waiters, answers what need not wait. Nothing is staged afterwards.
  void flush();

 private:
  struct Staged {
    Partition* partition = nullptr;
    ProduceOp* op = nullptr;
    ProduceOp::Part* part = nullptr;
    storage::AppendItem item;
    std::uint32_t order = 0;
  };
  void append_group(std::span<Staged> group);
  void settle(std::span<Staged> group, std::uint64_t generation);

  Shard& shard_;
  std::vector<Staged> staged_;
  std::vector<storage::AppendItem*> items_;
};

}  // namespace streamline::broker
