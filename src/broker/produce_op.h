// ProduceOp: one Produce request from its checks to its response. Its parts are staged, written at the end of the turn, and, where
// the ack waits for a sync, wait for the high watermark. The first data of a transaction waits for its coordinator before it is staged.
// Pooled by its shard; belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/timer_wheel.h"
#include "base/arena.h"
#include "base/intrusive_list.h"
#include "broker/transaction_verifier.h"
#include "broker/waiter.h"
#include "net/frame_handler.h"
#include "record/validator.h"
#include "storage/log.h"
#include "wire/error_code.h"
#include "wire/frame.h"

namespace streamline::broker {

class Partition;
class Shard;

class ProduceOp final : public ListHook {
 public:
  /// The answer for one partition. Waits for its partition's high watermark when the ack has to.
  class Part final : public Waiter, public VerificationWaiter {
   public:
    std::int32_t index = 0;
    wire::ErrorCode error = wire::ErrorCode::none;
    Offset base_offset = kNoOffset;
    std::int64_t append_time_ms = -1;
    Offset log_start = kNoOffset;
    std::string error_message;                       // empty = none
    std::vector<record::RecordFault> record_faults;  // Produce v8+

    void on_progress(std::int64_t bytes) override;
    void on_verified(wire::ErrorCode verdict, std::string_view text) override;

   private:
    friend class ProduceOp;
    ProduceOp* op_ = nullptr;
    void release_guard();

    std::shared_ptr<Partition> partition_;  // while it waits
    std::vector<std::byte> kept_batch_;     // while the coordinator is asked, and until it is written
    std::optional<storage::TransactionGuard> guard_;
    ProducerId producer_id_ = kNoProducerId;  // with a guard
    Offset last_offset_ = kNoOffset;
    std::uint64_t generation_ = 0;
    bool waiting_ = false;
  };

  explicit ProduceOp(Shard& shard) : shard_(shard) {}

  /// Begins a request of `partitions` parts. `acks` is -1, 0 or 1.
  void start(net::Slot slot, const wire::RequestHeader& header, std::int16_t acks, std::int32_t timeout_ms, std::size_t partitions);
  /// What the answer tells the client to wait.
  void tell_throttle(std::int64_t for_ms) { throttle_ms_ = for_ms; }
  /// The parts added from now on belong to this topic. The name lives as long as the frame; detach() copies it.
  void begin_topic(std::string_view name, const TopicId& id);
  Part& add_part(std::int32_t index);

  std::int16_t acks() const { return acks_; }
  std::int16_t version() const { return version_; }
  /// Keeps a copy of the batch, asks the coordinator, and stages it when he agrees.
  struct Transactional {
    Partition& partition;
    MutableBytes batch;
    storage::TransactionGuard guard;
  };
  void verify(Part& part, const Transactional& data, const VerificationRequest& request);
  /// Parts that were staged and are not written yet.
  void staged() { ++unwritten_; }
  /// The append of `part` is done; with acks=all it then waits until the high watermark has passed the last offset.
  struct Written {
    Partition& partition;
    Offset last_offset = kNoOffset;
    std::uint64_t generation = 0;  // storage::Log::generation() at the append
  };
  void written(Part& part, const Written& written);
  /// Answers if nothing is open; to be called once all is staged and again after each write.
  bool ready() const { return unwritten_ == 0 && waiting_ == 0 && verifying_ == 0; }
  bool verifies() const { return verifying_ > 0; }
  /// Waits past the turn: copies what lies in the frame; the timeout runs from when all is written.
  void detach();
  /// Sends the response, unless the connection has gone meanwhile; the op is idle afterwards.
  void answer();
  net::Slot slot() const { return slot_; }
  /// Worth keeping for reuse: an unusually long request's memory is given back.
  bool is_small() const { return part_capacity_ <= 1024; }

 private:
  struct TopicParts {
    std::string_view name;
    TopicId id;
    std::size_t first = 0;
    std::size_t count = 0;
  };
  void stop_waiting(Part& part);
  void verified(Part& part, wire::ErrorCode error, std::string_view text);
  void on_timeout(std::int64_t now_ms);
  void send_response();
  bool any_error() const;
  void reset();

  Shard& shard_;
  net::Slot slot_;
  std::int16_t version_ = 0;
  std::int16_t acks_ = 0;
  std::int32_t correlation_id_ = 0;
  std::int32_t timeout_ms_ = 0;
  std::int64_t throttle_ms_ = 0;
  std::size_t unwritten_ = 0;
  std::size_t waiting_ = 0;
  std::size_t verifying_ = 0;
  bool detached_ = false;
  std::unique_ptr<Part[]> parts_;
  std::size_t part_capacity_ = 0;
  std::size_t part_count_ = 0;
  std::vector<TopicParts> topics_;
  std::string names_;  // copies for detached ops, back to back
  MemberTimer<ProduceOp, &ProduceOp::on_timeout> timer_{*this};
};

}  // namespace streamline::broker
