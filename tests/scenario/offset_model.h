// OffsetModel: what the committed and pending offsets of a shard must be, kept the plain way: every commit with its place in the log.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "base/ids.h"
#include "groups/offsets/pending_offsets.h"

namespace streamline::scenario {

class OffsetModel {
 public:
  using Place = std::tuple<std::string, std::string, std::int32_t>;  // group, topic, partition
  struct Commit {
    std::int64_t offset = -1;
    std::int64_t at_ms = 0;
    std::uint64_t order = 0;
  };

  void commit(const Place& place, std::int64_t offset, std::int64_t at_ms) { committed_[place] = {offset, at_ms, ++last_order_}; }
  void commit_in_transaction(ProducerId producer, const Place& place, std::int64_t offset, std::int64_t at_ms) {
    pending_[producer][place] = {offset, at_ms, ++last_order_};
  }
  void end(ProducerId producer, groups::TransactionEnd end);

  void remove(const Place& place);
  void remove_group(const std::string& group);
  void remove_topic(const std::string& topic);
  /// Commits of that time and before are past their retention.
  void expire(std::int64_t until_ms);

  /// -1: there is none.
  std::int64_t committed(const Place& place) const;
  bool is_pending(const Place& place) const;
  bool has(const std::string& group) const;

 private:
  template <class Wanted>
  void remove_if(const Wanted& is_wanted);

  std::map<Place, Commit> committed_;
  std::map<ProducerId, std::map<Place, Commit>> pending_;
  std::uint64_t last_order_ = 0;
};

}  // namespace streamline::scenario
