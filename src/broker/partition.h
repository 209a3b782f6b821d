// Partition: one partition's log with the lock that orders its appends, and the reactors that want to hear of its progress.
// Shared by all reactors (architecture.md section 2): any of them appends inline under the short lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>

#include "base/ids.h"
#include "storage/log.h"

namespace streamline::broker {

/// Reactors are told by a bit each.
inline constexpr int kMaxReactors = 64;

struct PartitionId {
  std::string topic;
  TopicId topic_id;
  std::int32_t index = 0;
};

class Partition : public std::enable_shared_from_this<Partition> {
 public:
  /// `number` is dense over the process and never reused.
  Partition(std::uint32_t number, PartitionId id, std::shared_ptr<storage::Log> log);

  std::uint32_t number() const { return number_; }
  const PartitionId& id() const { return id_; }
  /// For reading; see storage::Log for what any thread may call.
  storage::Log& log() { return *log_; }
  const storage::Log& log() const { return *log_; }

  /// Held over appends, rolls and the two ends of a sync; never over anything else that blocks. Lock order: README.md.
  std::mutex& mutex() { return mutex_; }

  /// The topic was deleted, or the broker stops: appends and fetches answer "unknown".
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  void close() { closed_.store(true, std::memory_order_release); }

  /// Which reactors wait for progress. All three are read-modify-writes, which have one order: a reactor that starts to listen and
  /// then looks at the log cannot miss an append that published its end and then looked here. A fence would do the same, but the
  /// thread sanitizer does not know it.
  void listen(int reactor) { listeners_.fetch_or(bit(reactor)); }
  void stop_listening(int reactor) { listeners_.fetch_and(~bit(reactor)); }
  std::uint64_t listeners() { return listeners_.fetch_or(0); }

  /// Guarded by mutex(): where this partition stands with the syncer.
  struct SyncState {
    bool queued = false;                // a sync is queued or running
    bool dirty = false;                 // appended to since the last sync began
    std::int64_t delay_ms = 0;          // how long what is dirty may wait for its sync
    std::int64_t unsynced_records = 0;  // since the last sync began
    std::int64_t unsynced_bytes = 0;    // those bytes, where waiters are told of them after the sync only
    std::int64_t sync_retry_ms = 0;     // last wait before a sync that could not begin; 0 = none failed
    std::int64_t restore_retry_ms = 0;  // last wait before an attempt to restore the log; 0 = it is not stopped
  };
  SyncState& sync_state() { return sync_state_; }

  /// Guarded by mutex(): when appends are synced.
  struct SyncRule {
    storage::Durability durability = storage::Durability::always;
    std::chrono::milliseconds interval{0};
    std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();
  };
  const SyncRule& sync_rule() const { return sync_rule_; }
  void set_sync_rule(const SyncRule& rule) { sync_rule_ = rule; }

 private:
  static std::uint64_t bit(int reactor) { return std::uint64_t{1} << reactor; }

  const std::uint32_t number_;
  const PartitionId id_;
  const std::shared_ptr<storage::Log> log_;
  std::mutex mutex_;
  SyncState sync_state_;
  SyncRule sync_rule_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> listeners_{0};
};

}  // namespace streamline::broker
