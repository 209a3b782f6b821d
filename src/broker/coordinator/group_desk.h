// GroupDesk: a reactor's side of the groups: it takes their requests in, ends the turns of the partitions that were touched, keeps
// answers until they are durable, and sends them. Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/timer_wheel.h"
#include "broker/coordinator/group_partition.h"
#include "broker/coordinator/ticket_table.h"
#include "broker/request.h"
#include "broker/waiter.h"

namespace streamline::broker {

class Broker;
class Shard;

/// Sends answers to the reactors whose requests they answer, to be held there until they are durable. `here` is the caller's own
/// shard, if it has one; its answers are left in `due`.
void deliver_answers(Broker& broker, GroupPartition& partition, GroupAnswers& due, Shard* here);

class GroupDesk {
 public:
  explicit GroupDesk(Shard& shard);
  ~GroupDesk();
  GroupDesk(const GroupDesk&) = delete;
  GroupDesk& operator=(const GroupDesk&) = delete;

  /// Calls `operation(shard, call, now, effects)` for the group that `request` is about; the answer comes later and by itself. Another
  /// error than none: it was not called, and the caller answers. COORDINATOR_NOT_AVAILABLE: the topic has to be made.
  template <class Operation>
  wire::ErrorCode run(Request& request, std::string_view group, Writes writes, Operation&& operation) {
    GroupPartition* partition = find(group);
    if (partition == nullptr) return wire::ErrorCode::coordinator_not_available;
    const groups::Ticket ticket = tickets_.open(request.slot(), request.header().correlation_id);
    const std::string host = "/" + request.client_host();
    const groups::Call call{.ticket = ticket,
                            .api = static_cast<wire::ApiKey>(request.header().api_key),
                            .version = request.version(),
                            .client_id = request.header().client_id.value_or(std::string_view{}),
                            .client_host = host};
    const GroupAccess access = partition->run(
        now(), writes, [&](groups::GroupShard& shard, groups::Now at, groups::Effects& effects) { operation(shard, call, at, effects); });
    if (access == GroupAccess::ran) {
      touch(*partition);
      return wire::ErrorCode::none;
    }
    tickets_.close(ticket);
    return refusal(*partition, access);
  }

  /// Writes what the turn's operations want written, and sends what is due.
  void end_of_turn();
  /// On the reactor's thread: the end of everything here.
  void shut_down();

  /// Another thread's turn has answers for this reactor.
  void take(GroupPartition& partition, GroupAnswers due);
  /// Comes back to the partition at that time.
  void wake(GroupPartition& partition, std::int64_t monotonic_ms);

 private:
  friend class GroupReading;
  struct Held {
    groups::Answer answer;
    Offset durable_at;
    std::uint64_t generation = 0;
  };
  /// What this reactor keeps of one partition.
  class Seat final : public Waiter {
   public:
    Seat(GroupDesk& desk, GroupPartition& partition) : desk_(desk), partition_(partition) {}
    void on_progress(std::int64_t bytes) override;

    GroupPartition& partition() { return partition_; }
    void hold(groups::Answer answer, const GroupAnswers& due);
    /// Sends what has become durable, or fails what never will.
    void release();
    void wake_at(std::int64_t monotonic_ms);
    bool touched = false;

   private:
    void on_wake(std::int64_t now_ms);

    GroupDesk& desk_;
    GroupPartition& partition_;
    std::vector<Held> held_;
    bool queued_ = false;  // on the desk's list of seats to release
    MemberTimer<Seat, &Seat::on_wake> timer_{*this};
  };

  GroupPartition* find(std::string_view group);
  Seat& seat(GroupPartition& partition);
  void touch(GroupPartition& partition);
  wire::ErrorCode refusal(GroupPartition& partition, GroupAccess access);
  void finish_turn(Seat& seat);
  void settle(GroupPartition& partition, GroupAnswers& due);
  void part_done(groups::Answer answer, wire::ErrorCode failure);
  void send(const OwedAnswer& owed, const groups::Answer& answer);
  groups::Now now() const;

  Shard& shard_;
  TicketTable tickets_;
  std::vector<std::unique_ptr<Seat>> seats_;  // by the partition's index; null where nothing was asked yet
  std::vector<Seat*> touched_;
  std::vector<Seat*> to_release_;
  GroupTurn turn_;
};

/// One request that looks at groups of several partitions, or deletes some: gathers what they say, and answers once everything that
/// it has seen is durable. Lives while its handler runs.
class GroupReading {
 public:
  explicit GroupReading(Request& request);
  /// Without reply() the request is still to be answered by its handler.
  ~GroupReading();
  GroupReading(const GroupReading&) = delete;
  GroupReading& operator=(const GroupReading&) = delete;

  /// Calls `look(shard, now, effects)` for the group's shard. Errors as GroupDesk::run.
  template <class Look>
  wire::ErrorCode of_group(std::string_view group, Look&& look, Writes writes = Writes::seldom) {
    GroupPartition* partition = desk_.find(group);
    if (partition == nullptr) return wire::ErrorCode::coordinator_not_available;
    return of_partition(*partition, std::forward<Look>(look), writes);
  }
  template <class Look>
  wire::ErrorCode of_partition(GroupPartition& partition, Look&& look, Writes writes = Writes::seldom) {
    const GroupAccess access = partition.run(desk_.now(), writes, [&](groups::GroupShard& shard, groups::Now at, groups::Effects& effects) {
      look(shard, at, effects);
      if (partition.add_marker_if_pending(marker(), effects)) ++parts_;
    });
    if (access != GroupAccess::ran) return desk_.refusal(partition, access);
    desk_.touch(partition);
    return wire::ErrorCode::none;
  }
  /// The answer: it leaves now, or when all is durable.
  template <class Response>
  void reply(const Response& response) {
    replied_ = true;
    if (parts_ == 0) {
      desk_.tickets_.close(ticket_);
      return request_.reply(response);
    }
    OwedAnswer& owed = desk_.tickets_.at(ticket_);
    owed.parts = parts_;
    owed.body.resize(response.encoded_size(request_.version()));
    wire::Writer writer(owed.body);
    response.encode(writer, request_.version());
  }

 private:
  groups::Answer marker() const;

  Request& request_;
  GroupDesk& desk_;
  const groups::Ticket ticket_;
  std::uint32_t parts_ = 0;
  bool replied_ = false;
};

}  // namespace streamline::broker
