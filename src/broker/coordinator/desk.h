// Desk: a reactor's side of the coordinators: it takes their requests in, ends the turns of the partitions that were touched, keeps
// answers until they are durable, and sends them. Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "async/timer_wheel.h"
#include "broker/coordinator/coordinator_partition.h"
#include "broker/coordinator/ticket_table.h"
#include "broker/request.h"
#include "broker/waiter.h"

namespace streamline::broker {

class Broker;
class Shard;

/// Sends answers to the reactors whose requests they answer, to be held there until they are durable. `here` is the caller's own
/// shard, if it has one; its answers are left in `due`.
void deliver_answers(Broker& broker, CoordinatorPartition& partition, DueAnswers& due, Shard* here);

class Desk {
 public:
  explicit Desk(Shard& shard);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// Calls `operation(shard, call, now, effects)` for the partition that `request` is about; the answer comes later and by itself.
  /// Another error than none: it was not called, and the caller answers. COORDINATOR_NOT_AVAILABLE: there is no partition, as the topic
  /// has to be made.
  template <class Kind, class Operation>
  wire::ErrorCode run(Request& request, Kind* partition, Writes writes, Operation&& operation) {
    if (partition == nullptr) return wire::ErrorCode::coordinator_not_available;
    const coordinator::Ticket ticket = take_in(request);
    const std::string host = "/" + request.client_host();
    const coordinator::Call call{.ticket = ticket,
                                 .api = static_cast<wire::ApiKey>(request.header().api_key),
                                 .version = request.version(),
                                 .client_id = request.header().client_id.value_or(std::string_view{}),
                                 .client_host = host};
    const Access access =
        partition->run(now(), writes, [&](auto& shard, coordinator::Now at, auto& effects) { operation(shard, call, at, effects); });
    if (access == Access::ran) {
      touch(*partition);
      return wire::ErrorCode::none;
    }
    tickets_.close(ticket);
    return refusal(*partition, access);
  }

  /// A ticket for a request that is answered by an operation later, or by reply().
  coordinator::Ticket take_in(const Request& request) { return tickets_.open(request.slot(), request.header().correlation_id); }
  /// Answers it at once; it rests on nothing that is not durable.
  void reply(const coordinator::Answer& answer);
  /// What to tell those whose operation was not called; another access than `ran`.
  wire::ErrorCode refusal(CoordinatorPartition& partition, Access access);

  /// Calls `look(shard)`, which changes nothing and rests on nothing that is not durable. Errors as run().
  template <class Kind, class Look>
  wire::ErrorCode look(Kind* partition, Look&& look) {
    if (partition == nullptr) return wire::ErrorCode::coordinator_not_available;
    const Access access = partition->run(now(), Writes::seldom, [&](auto& shard, coordinator::Now, auto&) { look(shard); });
    return access == Access::ran ? wire::ErrorCode::none : refusal(*partition, access);
  }
  /// Calls `operation(shard, now, effects)`, which says what is wrong. What it says, or what run() says; none: `asker` is told later,
  /// because it rests on what is not durable yet.
  template <class Kind, class Operation>
  std::optional<wire::ErrorCode> ask(Kind* partition, std::unique_ptr<Asker> asker, Operation&& operation) {
    if (partition == nullptr) return wire::ErrorCode::coordinator_not_available;
    wire::ErrorCode verdict = wire::ErrorCode::none;
    bool is_pending = false;
    const Access access = partition->run(now(), Writes::likely, [&](auto& shard, coordinator::Now at, auto& effects) {
      verdict = operation(shard, at, effects);
      if (verdict != wire::ErrorCode::none || !partition->is_pending()) return;
      is_pending = true;
      effects.answers.push_back({.ticket = tickets_.open(std::move(asker))});
    });
    if (access != Access::ran) return refusal(*partition, access);
    touch(*partition);
    if (is_pending) return std::nullopt;
    return verdict;
  }

  /// Writes what the turn's operations want written, and sends what is due.
  void end_of_turn();
  /// Something came after end_of_turn().
  bool has_work() const { return !touched_.empty() || !to_release_.empty(); }
  /// On the reactor's thread: the end of everything here.
  void shut_down();

  /// From now on this turn's end looks at the partition.
  void touch(CoordinatorPartition& partition);

  /// Another thread's turn has answers for this reactor.
  void take(CoordinatorPartition& partition, DueAnswers due);
  /// Comes back to the partition at that time.
  void wake(CoordinatorPartition& partition, std::int64_t monotonic_ms);
  /// Another thread's turn has left orders.
  void carry_out(CoordinatorPartition& partition);
  coordinator::Now now() const;

 private:
  friend class Reading;
  struct Held {
    coordinator::Answer answer;
    Offset durable_at;
    std::uint64_t generation = 0;
  };
  /// What this reactor keeps of one partition.
  class Seat final : public Waiter {
   public:
    Seat(Desk& desk, CoordinatorPartition& partition) : desk_(desk), partition_(partition) {}
    void on_progress(std::int64_t bytes) override;

    CoordinatorPartition& partition() { return partition_; }
    void hold(coordinator::Answer answer, const DueAnswers& due);
    void carry_out();
    /// Sends what has become durable, or fails what never will.
    void release();
    void wake_at(std::int64_t monotonic_ms);
    bool touched = false;

   private:
    void on_wake(std::int64_t now_ms);
    void listen();
    bool waits() const { return !held_.empty() || orders_wait_; }

    Desk& desk_;
    CoordinatorPartition& partition_;
    std::vector<Held> held_;
    bool orders_wait_ = false;
    bool queued_ = false;  // on the desk's list of seats to release
    MemberTimer<Seat, &Seat::on_wake> timer_{*this};
  };

  Seat& seat(CoordinatorPartition& partition);
  void finish_turn(Seat& seat);
  void settle(CoordinatorPartition& partition, DueAnswers& due);
  void part_done(const CoordinatorPartition& partition, coordinator::Answer answer, wire::ErrorCode failure);
  void send(const OwedAnswer& owed, const coordinator::Answer& answer);

  Shard& shard_;
  TicketTable tickets_;
  std::unordered_map<const CoordinatorPartition*, std::unique_ptr<Seat>> seats_;  // of those that were asked for something
  std::vector<Seat*> touched_;
  std::vector<Seat*> to_release_;
  Turn turn_;
};

/// One request that looks at several partitions, or changes some: gathers what they say, and answers once everything that it has seen
/// is durable. Lives while its handler runs.
class Reading {
 public:
  explicit Reading(Request& request);
  /// Without reply() the request is still to be answered by its handler.
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// Calls `look(shard, now, effects)` for the partition's shard. Errors as Desk::run.
  template <class Kind, class Look>
  wire::ErrorCode of(Kind* partition, Look&& look, Writes writes = Writes::seldom) {
    if (partition == nullptr) return wire::ErrorCode::coordinator_not_available;
    const Access access = partition->run(desk_.now(), writes, [&](auto& shard, coordinator::Now at, auto& effects) {
      look(shard, at, effects);
      if (!partition->is_pending()) return;
      effects.answers.push_back(marker());
      ++parts_;
    });
    if (access != Access::ran) return desk_.refusal(*partition, access);
    desk_.touch(*partition);
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
  coordinator::Answer marker() const;

  Request& request_;
  Desk& desk_;
  const coordinator::Ticket ticket_;
  std::uint32_t parts_ = 0;
  bool replied_ = false;
};

}  // namespace streamline::broker
