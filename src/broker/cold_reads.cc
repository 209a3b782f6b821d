// Reading ahead on a pool thread, and the way back to the fetch.
#include "broker/cold_reads.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/fetch_op.h"
#include "broker/partition.h"
#include "broker/shard.h"

namespace streamline::broker {

namespace {

constexpr std::size_t kStepBytes = std::size_t{256} * 1024;

/// Bytes that are read are in memory afterwards, for long enough to be sent.
Status bring_in(const storage::ReadRun& run, std::vector<std::byte>& buffer) {
  for (std::uint64_t at = 0; at < run.length; at += kStepBytes) {
    const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(kStepBytes, run.length - at));
    if (run.file->is_cached(run.position + at, step)) continue;
    buffer.resize(kStepBytes);
    const auto got = run.file->read_at(run.position + at, MutableBytes(buffer).first(step));
    if (!got) return fail(got.error().code, got.error().text);
  }
  return {};
}

/// On a pool thread.
Status bring_in(const ColdRead& read, std::vector<std::byte>& buffer) {
  storage::ReadCursor cursor;
  const auto plan = read.partition->log().read(read.from, read.up_to, read.max_bytes, storage::MinOneBatch::yes, cursor);
  if (!plan) return fail(plan.error().code, plan.error().text);
  for (const storage::ReadRun& run : plan->runs()) {
    if (Status brought = bring_in(run, buffer); !brought) return brought;
  }
  return {};
}

}  // namespace

std::uint64_t ColdReads::start(FetchOp& op, std::vector<ColdRead> reads) {
  const std::uint64_t ticket = ++last_ticket_;
  waiting_.emplace(ticket, &op);
  shard_.broker().pool().submit([&shard = shard_, ticket, reads = std::move(reads)] {
    std::vector<std::byte> buffer;
    for (const ColdRead& read : reads) {
      // The fetch meets the same error and answers it.
      const Status brought = bring_in(read, buffer);
      if (!brought) log::debug("fetch", "cold read failed partition={} cause={}", read.partition->id().index, brought.error().text);
    }
    shard.deliver_warm(ticket);
  });
  return ticket;
}

void ColdReads::done(std::uint64_t ticket) {
  const auto found = waiting_.find(ticket);
  if (found == waiting_.end()) return;
  FetchOp* op = found->second;
  waiting_.erase(found);
  op->on_warm();
}

}  // namespace streamline::broker
