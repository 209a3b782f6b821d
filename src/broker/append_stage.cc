// Writing what a turn has staged.
#include "broker/append_stage.h"

#include <algorithm>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/partition.h"
#include "broker/shard.h"
#include "broker/wire_error.h"
#include "record/batch.h"

namespace streamline::broker {

void AppendStage::add(Partition& partition, MutableBytes batch, ProduceOp& op, ProduceOp::Part& part,
                      std::optional<storage::TransactionGuard> guard) {
  Staged& staged = staged_.emplace_back();
  staged.partition = &partition;
  staged.op = &op;
  staged.part = &part;
  staged.item.batch = batch;
  staged.item.guard = guard;
  staged.order = static_cast<std::uint32_t>(staged_.size());
  op.staged();
}

void AppendStage::flush() {
  if (staged_.empty()) return;
  const auto by_partition = [](const Staged& a, const Staged& b) {
    return a.partition != b.partition ? a.partition->number() < b.partition->number() : a.order < b.order;
  };
  if (!std::is_sorted(staged_.begin(), staged_.end(), by_partition)) std::sort(staged_.begin(), staged_.end(), by_partition);
  for (auto begin = staged_.begin(); begin != staged_.end();) {
    const auto end = std::find_if(begin, staged_.end(), [&](const Staged& staged) { return staged.partition != begin->partition; });
    append_group({begin, end});
    begin = end;
  }
  // Answers after all writes: an op is ready once the last of its parts is written.
  std::sort(staged_.begin(), staged_.end(), [](const Staged& a, const Staged& b) { return a.order < b.order; });
  ProduceOp* previous = nullptr;
  for (const Staged& staged : staged_) {
    if (staged.op == previous) continue;
    previous = staged.op;
    if (staged.op->ready()) {
      staged.op->answer();
    } else {
      staged.op->detach();
    }
  }
  staged_.clear();
}

void AppendStage::append_group(std::span<Staged> group) {
  Partition& partition = *group.front().partition;
  items_.clear();
  for (Staged& staged : group) items_.push_back(&staged.item);
  std::int64_t visible_bytes = 0;
  std::uint64_t generation = 0;
  if (partition.closed()) {
    for (Staged& staged : group) staged.item.error = Errc::closed;
  } else {
    const std::lock_guard lock(partition.mutex());
    const auto summary = partition.log().append(items_, WallTime{shard_.reactor().wall_ms()});
    generation = summary.generation;
    if (partition.log().is_stopped()) shard_.broker().log_stopped(partition);
    if (summary.bytes > 0) {
      const Broker::Appended what{.bytes = static_cast<std::int64_t>(summary.bytes), .records = summary.end - summary.first};
      visible_bytes = shard_.broker().appended(partition, what, &shard_);
    }
  }
  if (group.front().item.error == Errc::no_space) shard_.broker().watch_disk();
  settle(group, generation);
  if (visible_bytes > 0) shard_.broker().tell_progress(partition, visible_bytes, &shard_);
}

void AppendStage::settle(std::span<Staged> group, std::uint64_t generation) {
  Partition& partition = *group.front().partition;
  const Offset log_start = partition.log().log_start();
  const bool append_time = group.front().part->append_time_ms >= 0;
  for (Staged& staged : group) {
    ProduceOp::Part& part = *staged.part;
    Offset last = kNoOffset;
    if (staged.item.error) {
      part.error = wire_error(*staged.item.error);
      part.append_time_ms = -1;
      // As in Kafka, refusals that came from reading the log's state tell where it begins.
      if (*staged.item.error == Errc::out_of_order_sequence || *staged.item.error == Errc::invalid_producer_epoch ||
          *staged.item.error == Errc::invalid_txn_state)
        part.log_start = log_start;
    } else {
      part.base_offset = staged.item.base_offset;
      part.log_start = log_start;
      if (append_time || staged.item.duplicate) part.append_time_ms = staged.item.append_time_ms;
      const auto header = record::read_batch_header(staged.item.batch);
      last = staged.item.base_offset + (header ? header->last_offset_delta : 0);
    }
    staged.op->written(part, {.partition = partition, .last_offset = last, .generation = generation});
  }
}

}  // namespace streamline::broker
