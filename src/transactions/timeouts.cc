// Deadlines are looked at in their order, ids in theirs.
#include "transactions/timeouts.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "transactions/ending.h"

namespace streamline::transactions {

namespace {

/// Ids that one call of forget_unused() looks at.
constexpr std::size_t kIdsPerSweep = 1000;
/// When an abort that could not begin is tried again.
constexpr std::int64_t kRetryMs = 1000;

bool is_unused(const Step& step, const Transaction& transaction) {
  if (!may_follow(transaction.state, State::dead)) return false;
  const std::int64_t used_ms = std::clamp<std::int64_t>(transaction.last_update_ms, 0, step.now.wall_ms);
  return step.now.wall_ms - used_ms >= step.state.options.id_expiration_ms;
}

}  // namespace

void abort_timed_out(Step& step) {
  auto& deadlines = step.state.deadlines;
  while (!deadlines.empty() && deadlines.begin()->first <= step.now.monotonic_ms) {
    const std::string_view id = deadlines.begin()->second;
    if (fence(step, id) == wire::ErrorCode::none) continue;
    Entry& entry = *step.state.find(id);
    deadlines.erase(deadlines.begin());
    entry.deadline_ms = step.now.monotonic_ms + kRetryMs;
    deadlines.emplace(*entry.deadline_ms, id);
  }
}

std::string forget_unused(Step& step, const std::string& from) {
  std::vector<std::string> unused;
  std::size_t seen = 0;
  auto at = step.state.entries.lower_bound(from);
  for (; at != step.state.entries.end() && seen < kIdsPerSweep; ++at, ++seen) {
    if (is_unused(step, at->second.transaction)) unused.push_back(at->first);
  }
  std::string next = at == step.state.entries.end() ? std::string() : at->first;
  for (const std::string& id : unused) step.erase(id);
  return next;
}

}  // namespace streamline::transactions
