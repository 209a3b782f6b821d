// ShardPartition: a CoordinatorPartition around a state machine of one kind.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "broker/coordinator/coordinator_partition.h"
#include "broker/coordinator/log_loader.h"

namespace streamline::broker {

/// `ShardType` is the state machine, `EffectsType` what its operations leave.
template <class ShardType, class EffectsType>
class ShardPartition : public CoordinatorPartition {
 public:
  using CoordinatorPartition::CoordinatorPartition;

  /// Calls `operation(shard, now, effects)` when the shard is there; an empty log needs no loading. Whoever ran one calls
  /// finish_turn() before it sleeps.
  template <class Operation>
  Access run(coordinator::Now now, Writes writes, Operation&& operation) {
    const std::lock_guard lock(mutex_);
    const Access access = admit_locked(now, writes);
    if (access != Access::ran) return access;
    refresh();
    operation(*shard_, steady(now), effects_);
    return access;
  }

  void load(coordinator::Now now) final {
    auto shard = make_shard();
    const std::uint64_t generation = partition_->log().generation();
    Sink sink(*this, *shard);
    const auto report = load_records(partition_->log(), sink);
    const std::lock_guard lock(mutex_);
    if (state_ != State::loading) return;
    generation_ = generation;
    if (!report) {
      log::error(subject_, "{} cannot be loaded partition={} cause={}", subject_, index(), report.error().text);
      state_ = State::unloaded;
      return;
    }
    if (report->bad_batches > 0) {
      log::error(subject_, "batches of {} are lost partition={} batches={} of={} last={}", subject_, index(), report->bad_batches,
                 report->batches, report->last_bad);
    }
    const auto& figures = shard->load_figures();
    if (figures.skipped > 0) {
      log::warn(subject_, "records of {} were skipped partition={} skipped={} of={} last={}", subject_, index(), figures.skipped,
                figures.records, figures.last_skip);
    }
    begin(std::move(shard), now);
  }

 protected:
  virtual std::unique_ptr<ShardType> make_shard() = 0;
  // What the log holds, while it is loaded; `shard` is not shard_ yet.
  virtual void replay(ShardType& shard, ByteView key, std::optional<ByteView> value, ProducerId producer) = 0;
  virtual void replay(ShardType& shard, const record::EndMarker& marker) = 0;
  /// shard_ is there, and told of nothing yet. With mutex_ held.
  virtual void loaded(coordinator::Now now) = 0;

  bool has_shard() const final { return shard_ != nullptr; }
  void begin_empty(coordinator::Now now) final { begin(make_shard(), now); }
  void expire(coordinator::Now now) final { shard_->expire(now, effects_); }
  std::optional<std::int64_t> next_deadline() const final { return shard_->next_deadline(); }
  void abandon(wire::ErrorCode error) override {
    shard_->abandon(error, effects_);
    shard_.reset();
  }
  coordinator::RecordList& records() final { return effects_.records; }
  std::vector<coordinator::Answer>& answers() final { return effects_.answers; }

  // Guarded by mutex_.
  std::unique_ptr<ShardType> shard_;
  EffectsType effects_;

 private:
  class Sink final : public RecordSink {
   public:
    Sink(ShardPartition& partition, ShardType& shard) : partition_(partition), shard_(shard) {}
    void record(ByteView key, std::optional<ByteView> value, ProducerId producer) override {
      partition_.replay(shard_, key, value, producer);
    }
    void end(const record::EndMarker& marker) override { partition_.replay(shard_, marker); }

   private:
    ShardPartition& partition_;
    ShardType& shard_;
  };

  void begin(std::unique_ptr<ShardType> shard, coordinator::Now now) {
    refresh();
    shard_ = std::move(shard);
    activated();
    loaded(steady(now));
  }
};

}  // namespace streamline::broker
