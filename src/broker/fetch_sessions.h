// FetchSessions: the kept fetch sessions of one reactor, found by id; the id tells which reactor's it is.
// Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "broker/fetch_session.h"

namespace streamline::broker {

class FetchSessions {
 public:
  /// A session that nobody used for this long makes room for a new one.
  static constexpr std::int64_t kIdleMs = 120'000;

  /// Also bounded: the partitions of all sessions together.
  struct Bounds {
    std::size_t slots = 0;
    std::size_t partitions = 0;
  };
  FetchSessions(Shard& shard, const Bounds& bounds) : shard_(shard), bounds_(bounds) {}

  /// nullptr when there is none of that id here.
  FetchSession* find(std::int32_t id);
  /// nullptr when every slot is in use, or `partitions` more would be too many: then the client names them all each time.
  FetchSession* create(std::int64_t now_ms, std::size_t partitions);
  /// After partitions were added to a session, which had `before`: false when there are too many now.
  bool note_growth(std::size_t before, const FetchSession& session);
  /// Its parked request, if any, is answered first.
  void remove(std::int32_t id);
  /// Ends all; none may be parked on.
  void clear() {
    sessions_.clear();
    partitions_ = 0;
  }
  std::size_t size() const { return sessions_.size(); }
  std::size_t partitions() const { return partitions_; }

 private:
  bool make_room(std::int64_t now_ms);
  std::int32_t new_id() const;

  Shard& shard_;
  const Bounds bounds_;
  std::size_t partitions_ = 0;  // of all sessions
  std::unordered_map<std::int32_t, std::unique_ptr<FetchSession>> sessions_;
};

}  // namespace streamline::broker
