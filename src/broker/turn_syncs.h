// TurnSyncs: where the syncs run that a reactor's appends ask for in a turn. Handing one to the pool and hearing of its end are two
// wake-ups of sleeping threads, which cost about half as much as a quick disk's sync: a client that waits for each of its acks sees it.
// So a sync that is alone runs on the reactor, as long as nobody else is there who would wait for it. Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>

#include "broker/syncer.h"
#include "net/reactor.h"

namespace streamline::broker {

/// A sync runs here when it is the turn's only one, the turn served one connection, the last sync was quick, and none of the last
/// kPauseMs has kept another connection waiting. Everything else is the pool's.
class TurnSyncs {
 public:
  /// After a sync here that was in somebody's way.
  static constexpr std::int64_t kPauseMs = 100;

  TurnSyncs(Syncer& syncer, net::Reactor& reactor) : syncer_(syncer), reactor_(reactor) {}
  TurnSyncs(const TurnSyncs&) = delete;
  TurnSyncs& operator=(const TurnSyncs&) = delete;

  /// The turn serves that connection; its address is compared only.
  void note_request(const void* connection);
  /// A sync of the partition has to begin. The caller holds its mutex.
  void want(const std::shared_ptr<Partition>& partition);
  /// At the turn's end, without a lock. True: a sync was run, progress was told in the name of `here`, and the next turn does not sleep.
  bool run(Shard* here);
  /// What is still wanted goes to the pool.
  void hand_over();

 private:
  Syncer& syncer_;
  net::Reactor& reactor_;
  std::shared_ptr<Partition> wanted_;
  const void* served_ = nullptr;      // in this turn, the first
  bool is_alone_ = true;              // the turn has served no other connection
  bool is_spread_ = false;            // several partitions want a sync in this turn
  bool has_waited_ = false;           // the turn before ran a sync: whoever is found now was kept waiting
  const void* synced_for_ = nullptr;  // but for this one, which waits for it anyway
  std::int64_t paused_until_ms_ = 0;
};

}  // namespace streamline::broker
