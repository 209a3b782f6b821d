// ShardState: all that one partition of `__consumer_offsets` stands for in memory. Belongs to one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "groups/call.h"
#include "groups/group.h"
#include "groups/offsets/offset_table.h"
#include "groups/offsets/pending_offsets.h"
#include "groups/options.h"
#include "groups/timers.h"
#include "groups/topics.h"

namespace streamline::groups {

struct ShardState {
  ShardState(const Options& chosen, const TopicLookup& all_topics, IdSource& random_ids)
      : options(chosen), topics(all_topics), ids(random_ids) {}

  Options options;
  const TopicLookup& topics;
  IdSource& ids;
  /// Ordered, so that listings and sweeps are the same on every run.
  std::map<std::string, std::unique_ptr<Group>, std::less<>> groups{};
  OffsetTable offsets{};
  /// Of open transactions.
  PendingOffsets pending{};
  Timers timers{};
  /// Groups with times of their own. Not in the log: the runtime says it after each load.
  std::map<std::string, ConsumerTimes, std::less<>> own_times{};

  const ConsumerTimes& consumer_times(std::string_view group) const {
    const auto own = own_times.find(group);
    return own == own_times.end() ? options.consumer : own->second;
  }

  /// Null when there is no such group.
  Group* find(std::string_view id) const {
    const auto found = groups.find(id);
    return found == groups.end() ? nullptr : found->second.get();
  }
  /// `group` takes the place of the one with its id, if there is one.
  template <class Kind>
  Kind& insert(std::unique_ptr<Kind> group) {
    Kind& inserted = *group;
    groups[inserted.id()] = std::move(group);
    return inserted;
  }
  /// Whether the group has offsets, committed or pending.
  bool has_offsets(std::string_view group) const { return offsets.of_group(group) != nullptr || pending.contains_group(group); }
  /// Takes the group and its timers out. Offsets stay.
  void remove(std::string_view id) {
    timers.cancel_group(id);
    const auto found = groups.find(id);
    if (found != groups.end()) groups.erase(found);
  }
};

}  // namespace streamline::groups
