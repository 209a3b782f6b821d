// FetchSession: the partitions one client fetches, with what it knows of each (KIP-227). A request without a session uses one that
// lives as long as the request. Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/intrusive_list.h"
#include "broker/waiter.h"
#include "catalog/topic_map.h"
#include "storage/log.h"
#include "wire/error_code.h"

namespace streamline::broker {

class FetchOp;
class FetchSession;
class Partition;
class Shard;

/// What a request says of one partition. The name lies in the frame; from Fetch 13 on it is empty and the id counts.
struct FetchTarget {
  std::string_view topic_name;
  TopicId topic_id;
  std::int32_t index = 0;
  Offset fetch_offset{0};
  std::int32_t max_bytes = 0;
  LeaderEpoch current_leader_epoch{-1};
  LeaderEpoch last_fetched_epoch{-1};
};

/// One partition of a session. As a waiter it hears of progress and puts itself on the session's list of those to look at.
class FetchEntry final : public Waiter {
 public:
  /// Its place on the session's list of partitions that may have something new.
  struct DirtyLink : ListHook {
    explicit DirtyLink(FetchEntry& owner) : entry(owner) {}
    FetchEntry& entry;
  };

  explicit FetchEntry(FetchSession& session) : session_(session) {}
  void on_progress(std::int64_t bytes) override;

  FetchTarget target;       // its topic_name lives as long as the entry waits: the topic's, or own_name_
  catalog::TopicPtr topic;  // empty when unknown
  std::shared_ptr<Partition> partition;
  storage::ReadCursor cursor;
  // What the client was told last.
  Offset sent_high_watermark = kNoOffset;
  Offset sent_last_stable = kNoOffset;
  Offset sent_log_start = kNoOffset;
  /// Where a reader of committed data was held back when it looked last; kNoOffset when it was not.
  Offset held_back_at = kNoOffset;

 private:
  friend class FetchSession;
  FetchSession& session_;
  DirtyLink dirty_{*this};
  std::string own_name_;
  std::size_t place_ = 0;
};

class FetchSession {
 public:
  enum class Kind : std::uint8_t { request, kept };

  FetchSession(Shard& shard, Kind kind) : shard_(shard), kind_(kind) {}

  /// Adds the partition or updates it; it is to be looked at next.
  void put(const FetchTarget& target);
  void forget(std::string_view topic_name, const TopicId& topic_id, std::int32_t index);
  /// Looks the partition up again when it is unknown or was closed.
  void resolve(FetchEntry& entry);
  /// Tells the partitions that we want to hear of their progress; a kept session does so once for all.
  void start_waiting();
  /// Ends the waiting of a request's session and forgets its partitions, keeping the memory.
  void clear();

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return entries_.size(); }
  FetchEntry* first_dirty();
  FetchEntry* next_dirty(FetchEntry& entry);
  void clean(FetchEntry& entry) { entry.dirty_.unlink(); }
  /// Behind all others: whoever was served waits his turn (kafka-rules 76).
  void move_to_tail(FetchEntry& entry);
  void mark_dirty(FetchEntry& entry) {
    if (!entry.dirty_.linked()) dirty_.push_back(entry.dirty_);
  }

  std::int32_t id = 0;
  std::int32_t next_epoch = 1;
  bool uses_topic_ids = false;
  std::int64_t last_used_ms = 0;
  /// The request that is parked on this session.
  FetchOp* parked = nullptr;

 private:
  friend class FetchEntry;
  struct Key {
    std::string name;
    TopicId id;
    std::int32_t index = 0;
  };
  struct KeyView {
    std::string_view name;
    TopicId id;
    std::int32_t index = 0;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const noexcept;
    std::size_t operator()(const Key& key) const noexcept { return (*this)(KeyView{key.name, key.id, key.index}); }
  };
  struct KeyEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
      return a.index == b.index && a.id == b.id && std::string_view(a.name) == std::string_view(b.name);
    }
  };
  FetchEntry& new_entry(const FetchTarget& target);
  static void keep_name(FetchEntry& entry);
  FetchEntry* find(const KeyView& key);

  Shard& shard_;
  const Kind kind_;
  std::vector<std::unique_ptr<FetchEntry>> entries_;  // [0, size_) in use
  std::size_t size_ = 0;
  std::unordered_map<Key, FetchEntry*, KeyHash, KeyEqual> index_;  // kept sessions only
  IntrusiveList<FetchEntry::DirtyLink> dirty_;
};

}  // namespace streamline::broker
