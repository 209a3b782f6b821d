// Shard: the broker's part that lives on one reactor: it takes frames apart, dispatches them, and owns what waits there.
// Belongs to its reactor's thread but where said.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "broker/api.h"
#include "broker/append_stage.h"
#include "broker/cold_reads.h"
#include "broker/coordinator/desk.h"
#include "broker/coordinator/marker_writer.h"
#include "broker/coordinator/transactional_commits.h"
#include "broker/fetch_op.h"
#include "broker/fetch_sessions.h"
#include "broker/object_pool.h"
#include "broker/pool_lane.h"
#include "broker/produce_op.h"
#include "broker/turn_syncs.h"
#include "broker/waiter.h"
#include "catalog/topic_map.h"
#include "net/connection.h"
#include "net/reactor.h"
#include "record/batch_builder.h"
#include "record/compression.h"
#include "wire/frame.h"

namespace streamline::broker {

class Broker;

/// As a client calls it in ApiVersions; empty until then. A long text is cut.
struct ClientSoftware {
  std::string name;
  std::string version;
};

/// A connection of a shard, as seen at one moment.
struct ConnectionView {
  std::uint64_t id = 0;
  std::string_view listener;
  net::Address local;
  net::Address peer;
  std::string client_id;
  ClientSoftware software;
  net::ConnectionUse use;
};

class Shard final : public net::FrameHandler {
 public:
  Shard(Broker& broker, net::Reactor& reactor, int index);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void on_open(net::Connection& connection) override;
  void on_frame(net::Connection& connection, MutableBytes frame, net::Slot slot) override;
  void on_close(net::Connection& connection) override;
  void on_slow(const net::Connection& connection, std::uint16_t kind, std::int64_t took_ms) override;
  /// Writes what was staged, completes what became ready, and forgets the turn's memory.
  void end_of_turn();
  /// Answers every parked fetch; from now on none waits.
  void drain();
  bool draining() const { return draining_; }
  /// On the reactor's thread, after its last connection: nothing of the reactor is touched afterwards.
  void shut_down();

  Broker& broker() { return broker_; }
  net::Reactor& reactor() { return reactor_; }
  int index() const { return index_; }
  /// Memory until the end of the turn.
  Arena& arena() { return arena_; }
  /// The topics as of this turn; pointers into it live until the end of the turn.
  const catalog::TopicMap& topics();
  AppendStage& appends() { return appends_; }
  TurnSyncs& syncs() { return syncs_; }
  WaiterTable& waiters() { return waiters_; }
  Desk& desk() { return desk_; }
  MarkerWriter& markers() { return markers_; }
  TransactionalCommits& transactional_commits() { return transactional_commits_; }
  FetchSessions& fetch_sessions() { return sessions_; }
  ColdReads& cold_reads() { return cold_reads_; }
  record::Decompressor& decompressor() { return decompressor_; }
  record::Recompressor& recompressor() { return recompressor_; }

  /// Any thread: `bytes` more of the partition are visible (0: its state changed).
  void deliver_progress(std::shared_ptr<Partition> partition, std::int64_t bytes);
  /// Any thread: that fetch session of this reactor is not used any more.
  void deliver_session_end(std::int32_t session_id);
  /// Any thread: what the fetch with that ticket waits for is in memory.
  void deliver_warm(std::uint64_t ticket) {
    deliver([this, ticket] { cold_reads_.done(ticket); });
  }
  /// Any thread: a coordinator's answers to requests of this reactor; a time at which it has to look at a coordinator's partition.
  void deliver_answers(CoordinatorPartition& partition, DueAnswers due);
  void deliver_wake(CoordinatorPartition& partition, std::int64_t monotonic_ms);
  /// Any thread: a coordinator's partition has orders.
  void deliver_orders(CoordinatorPartition& partition);
  /// As deliver_progress, on this reactor's thread and at once.
  void local_progress(Partition& partition, std::int64_t bytes) { waiters_.progress(partition, bytes); }

  /// The shard owns operations from here to their end.
  ProduceOp& new_produce();
  void finish(ProduceOp& op);
  /// Its wait is over: answered at the end of the turn.
  void mark_ready(ProduceOp& op);
  FetchOp& new_fetch(net::Slot slot);
  void finish(FetchOp& op);
  void mark_ready(FetchOp& op);
  void no_longer_ready(FetchOp& op);
  /// Answers a copy of this request on the pool.
  void run_on_pool(const Api& api, net::Connection& connection, ByteView frame, net::Slot slot, std::int64_t throttle_ms);
  PoolLane& pool_lane() { return pool_lane_; }
  void note_software(net::Slot slot, std::string_view name, std::string_view version);
  ClientSoftware software_of(net::Slot slot) const;
  /// What is connected to this reactor.
  std::vector<ConnectionView> connections();
  /// Closes those whose number is in `ids`, which ascend; gives the numbers of those that it had.
  std::vector<std::uint64_t> close_connections(const std::vector<std::uint64_t>& ids, std::string_view reason);
  /// Any thread: runs the task on this reactor; drops it when the reactor has ended.
  void deliver(net::Task task);

 private:
  struct Progress {
    std::shared_ptr<Partition> partition;
    std::int64_t bytes;
  };
  /// What a connection has waiting here.
  struct ConnectionState : ListHook {
    explicit ConnectionState(net::Connection& of) : connection(of) {}
    net::Connection& connection;
    std::string client_id;  // of its first request, cut when it is long
    IntrusiveList<FetchOp> fetches;
    std::unique_ptr<ClientSoftware> software;  // null until the client tells
    bool is_settled = false;                   // its client has found its broker (AddressWatch)
  };
  void take_mail();
  void run_ready();
  void run_coordinators();
  static void note_client(const wire::RequestHeader& header, net::Connection& connection);
  void watch_client(const Api& api, net::Connection& connection);
  void dispatch(const Api& api, const wire::RequestHeader& header, net::Connection& connection, MutableBytes frame, net::Slot slot);
  /// How long the client has to wait for what it has used, this request's bytes among it.
  std::int64_t throttle_of(const Api& api, const wire::RequestHeader& header, std::size_t frame_bytes);

  Broker& broker_;
  net::Reactor& reactor_;
  const int index_;
  Arena arena_;
  std::shared_ptr<const catalog::TopicMap> topics_;
  std::uint64_t topics_version_ = 0;
  std::vector<std::shared_ptr<const catalog::TopicMap>> old_topics_;  // replaced within this turn
  record::Decompressor decompressor_;
  record::Recompressor recompressor_;

  WaiterTable waiters_;
  IntrusiveList<ConnectionState> connections_;
  bool draining_ = false;
  FetchSessions sessions_;
  ColdReads cold_reads_;
  AppendStage appends_;
  TurnSyncs syncs_;
  PoolLane pool_lane_;
  Desk desk_;
  MarkerWriter markers_;
  TransactionalCommits transactional_commits_;
  ObjectPool<ProduceOp> produce_pool_;
  ObjectPool<FetchOp> fetch_pool_;
  IntrusiveList<ProduceOp> active_produces_;
  std::vector<ProduceOp*> ready_produces_;
  std::vector<FetchOp*> ready_fetches_;

  std::mutex mail_mutex_;  // guards mail_ and shut_
  bool shut_ = false;
  std::vector<Progress> mail_;
  std::vector<Progress> mail_now_;
};

}  // namespace streamline::broker
