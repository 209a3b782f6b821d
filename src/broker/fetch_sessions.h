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

  FetchSessions(Shard& shard, std::size_t slots) : shard_(shard), slots_(slots) {}

  /// nullptr when there is none of that id here.
  FetchSession* find(std::int32_t id);
  /// nullptr when every slot is in use.
  FetchSession* create(std::int64_t now_ms);
  /// Its parked request, if any, is answered first.
  void remove(std::int32_t id);
  /// Ends all; none may be parked on.
  void clear() { sessions_.clear(); }
  std::size_t size() const { return sessions_.size(); }

 private:
  bool make_room(std::int64_t now_ms);
  std::int32_t new_id() const;

  Shard& shard_;
  const std::size_t slots_;
  std::unordered_map<std::int32_t, std::unique_ptr<FetchSession>> sessions_;
};

}  // namespace streamline::broker
