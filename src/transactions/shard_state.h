// ShardState: all that one partition of `__transaction_state` stands for in memory. Belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "transactions/effects.h"
#include "transactions/options.h"
#include "transactions/sources.h"
#include "transactions/transaction.h"

namespace streamline::transactions {

/// A request that is answered when the markers are written.
struct Parked {
  Ticket ticket{};
  std::int16_t version = 0;
};

struct Entry {
  /// What the log says; changed by replay only.
  Transaction transaction{};

  // Not in the log, and gone after a restart.

  /// While Ongoing: when it is aborted, on the monotonic clock.
  std::optional<std::int64_t> deadline_ms{};
  /// While prepared: the order that is under way; 0 is none.
  std::uint64_t order = 0;
  /// The EndTxn that waits for it.
  std::optional<Parked> parked{};
};

struct ShardState {
  ShardState(const Options& chosen, const TopicLookup& all_topics, ProducerIds& fresh_ids)
      : options(chosen), topics(all_topics), ids(fresh_ids) {}

  Options options;
  const TopicLookup& topics;
  ProducerIds& ids;
  /// The leader epoch of the log's partition: partitions refuse markers of an older one (rule 63).
  std::int32_t coordinator_epoch = 0;
  std::uint64_t last_order = 0;
  /// Ordered, so that listings and sweeps are the same on every run.
  std::map<std::string, Entry, std::less<>> entries{};
  /// The views are keys of `entries`.
  std::set<std::pair<std::int64_t, std::string_view>> deadlines{};

  /// Null when nobody knows the id.
  Entry* find(std::string_view id) {
    const auto found = entries.find(id);
    return found == entries.end() ? nullptr : &found->second;
  }
  const Entry* find(std::string_view id) const {
    const auto found = entries.find(id);
    return found == entries.end() ? nullptr : &found->second;
  }
};

}  // namespace streamline::transactions
