// PendingOffsets: what open transactions have committed and their markers are to decide about (rule 69). Pure memory; replay fills it.
// Where several commits meet, the one that was written last counts, whichever transaction ends last: a later one overtakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/ids.h"
#include "groups/offsets/offset_table.h"

namespace streamline::groups {

/// How a transaction ends, as its marker says.
enum class TransactionEnd : std::uint8_t { abort, commit };

/// Of which partition's offset in which group.
struct OffsetPlace {
  std::string group{};
  std::string topic{};
  std::int32_t partition = 0;
};
struct OffsetPlaceView {
  std::string_view group{};
  std::string_view topic{};
  std::int32_t partition = 0;
};
struct OffsetPlaceLess {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return std::tuple(std::string_view(a.group), std::string_view(a.topic), a.partition) <
           std::tuple(std::string_view(b.group), std::string_view(b.topic), b.partition);
  }
};

class PendingOffsets {
 public:
  struct Ended {
    OffsetPlace place{};
    CommittedOffset offset{};
  };

  /// `producer` has committed there last, in its open transaction.
  void set(ProducerId producer, const OffsetPlaceView& place, CommittedOffset offset);
  /// A commit without a transaction: what is pending there will not come over it.
  void overtake(const OffsetPlaceView& place);
  /// Whatever is pending there is gone.
  void remove(const OffsetPlaceView& place);
  /// Takes the transaction of `producer` out. What is to become the committed offset of its place, in any order; with an abort nothing.
  std::vector<Ended> end(ProducerId producer, TransactionEnd end);

  template <class Place>
  bool contains(const Place& place) const {
    return by_place_.contains(place);
  }
  bool contains_group(std::string_view group) const;
  /// Groups in which `producer` has something pending, each once.
  std::vector<std::string> groups_of(ProducerId producer) const;
  /// Calls `visit(place, offset)` for each offset that is pending.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [place, pending] : by_place_) {
      for (const auto& [producer, each] : pending) visit(place, each.offset);
    }
  }
  /// Transactions that have something pending.
  std::size_t transactions() const { return places_.size(); }

 private:
  struct Pending {
    CommittedOffset offset{};
    std::uint64_t order = 0;  // of all that was ever set: as in the log
    bool overtaken = false;
  };
  using ByPlace = std::map<OffsetPlace, std::map<ProducerId, Pending>, OffsetPlaceLess>;
  using Places = std::set<OffsetPlace, OffsetPlaceLess>;
  void forget(ProducerId producer, const OffsetPlaceView& place);

  ByPlace by_place_;
  std::map<ProducerId, Places> places_;
  std::uint64_t last_order_ = 0;
};

}  // namespace streamline::groups
