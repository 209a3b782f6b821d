// MarkerWriter: a reactor's side of the ends of transactions: it writes the markers of orders to their partitions, waits until they are
// durable, and tells the coordinator. What cannot be written is tried again. Belongs to its reactor's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "async/timer_wheel.h"
#include "broker/coordinator/marker.h"
#include "broker/waiter.h"
#include "transactions/effects.h"

namespace streamline::broker {

class Shard;
class TransactionPartition;

class MarkerWriter {
 public:
  explicit MarkerWriter(Shard& shard);
  ~MarkerWriter();
  MarkerWriter(const MarkerWriter&) = delete;
  MarkerWriter& operator=(const MarkerWriter&) = delete;

  /// Carries out an order of the shard that had `life` before it at `home`. What is ordered is durable.
  void begin(TransactionPartition& home, std::uint64_t life, transactions::MarkerOrder order);
  /// Goes on with what has made progress. True when a coordinator was told something, so that its turn has to be ended.
  bool run();
  /// On the reactor's thread: nothing is written any more.
  void shut_down();

 private:
  class Job;
  /// One partition of an order.
  class Target final : public Waiter {
   public:
    Target(Job& job, std::shared_ptr<Partition> partition);
    void on_progress(std::int64_t bytes) override;

    enum class State : std::uint8_t { unwritten, written, done };
    State state = State::unwritten;
    const std::shared_ptr<Partition> partition;
    Offset offset = kNoOffset;
    std::uint64_t generation = 0;

   private:
    Job& job_;
  };
  class Job {
   public:
    Job(MarkerWriter& writer, TransactionPartition& home, std::uint64_t life, transactions::MarkerOrder order);
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    /// Writes and looks; true when it is over.
    bool step();
    void wake();
    TransactionPartition& home() { return home_; }
    std::list<Job>::iterator place{};  // in jobs_

   private:
    void on_time(std::int64_t) { wake(); }
    bool write(Target& target);
    void look(Target& target);
    void try_later();

    MarkerWriter& writer_;
    TransactionPartition& home_;
    const std::uint64_t life_;
    const transactions::MarkerOrder order_;
    std::vector<std::unique_ptr<Target>> targets_;  // what is done is taken out
    bool queued_ = false;
    std::int64_t retry_ms_ = 0;  // the last wait after a failure; 0: none failed
    MemberTimer<Job, &Job::on_time> timer_{*this};
  };

  Shard& shard_;
  std::list<Job> jobs_;
  std::vector<Job*> ready_;
};

}  // namespace streamline::broker
