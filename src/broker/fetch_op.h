// FetchOp: one Fetch request from its session to its response: it looks at what may have something new, waits for min_bytes or
// max_wait, and for the pool where bytes have to come from the disk first, and answers (kafka-rules section 6). Pooled by its shard;
// belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "async/timer_wheel.h"
#include "broker/cold_reads.h"
#include "broker/fetch_session.h"
#include "net/frame_handler.h"
#include "net/outgoing.h"
#include "storage/aborted_index.h"
#include "storage/read_plan.h"
#include "wire/error_code.h"
#include "wire/frame.h"
#include "wire/messages/fetch.h"

namespace streamline::broker {

class Shard;

struct FetchParameters {
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 0;
  std::int32_t max_bytes = 0;
  bool read_committed = false;
  /// Every partition of the session is answered, not only those with news.
  bool full = true;
};

/// What a version of Fetch calls this error: versions before 6 do not know the storage error (kafka-rules 13).
wire::ErrorCode known_error(wire::ErrorCode error, std::int16_t version);

class FetchOp final : public ListHook {
 public:
  explicit FetchOp(Shard& shard) : shard_(shard), own_session_(shard, FetchSession::Kind::request) {}

  /// Begins a request; the caller then fills session() and calls run().
  void start(net::Slot slot, const wire::RequestHeader& header, const FetchParameters& parameters);
  /// What the client has to wait already, for whatever it has used.
  void tell_throttle(std::int64_t for_ms) { throttle_ms_ = for_ms; }
  /// Uses a kept session instead of the request's own.
  void use(FetchSession& kept) { session_ = &kept; }
  FetchSession& session() { return *session_; }
  /// Answers now, or waits.
  void run();

  /// A partition it waits for has `bytes` more.
  void on_progress(std::int64_t bytes);
  /// Ends the wait: answers with what is there by now, and can be had without the disk.
  void answer_now();
  /// What it was to read is in memory now.
  void on_warm();
  /// Looks again after progress: answers, or goes on waiting.
  void look_again();
  /// The connection is gone (kafka-rules 88).
  void abandon();
  net::Slot slot() const { return slot_; }
  /// Worth keeping for reuse: an unusually long request's memory is given back.
  bool is_small() const { return results_.capacity() <= 1024 && own_session_.capacity() <= 1024; }
  const FetchParameters& parameters() const { return parameters_; }

 private:
  struct Result {
    FetchEntry* entry = nullptr;
    wire::ErrorCode error = wire::ErrorCode::none;
    Offset high_watermark = kNoOffset;
    Offset last_stable = kNoOffset;
    Offset log_start = kNoOffset;
    storage::EpochEnd diverging;
    storage::ReadPlan plan;
    std::vector<storage::AbortedTransaction> aborted;  // of the plan's records, for readers of committed data
    bool left_out = false;                             // there are bytes, but not in memory
  };

  /// What to do about bytes that are not in memory.
  enum class Cold : std::uint8_t {
    hand_over,  ///< the pool reads them first
    leave_out,  ///< they are for the next fetch
    read,       ///< they were just brought in; should they be gone again, the reactor waits for them
  };
  void proceed(Cold cold);
  void wait_for_disk();
  void answer();
  void park();
  void unpark();
  /// Fills results_; true when there is reason to answer.
  bool look(Cold cold);
  Result examine(FetchEntry& entry, std::int64_t room, Cold cold);
  void read(FetchEntry& entry, std::int64_t room, Cold cold, Result& result);
  static void out_of_range(Result& result);
  Offset readable_end(const Result& result) const { return parameters_.read_committed ? result.last_stable : result.high_watermark; }
  bool has_news(const Result& result) const;
  /// How long the client has to wait before it gets what was found.
  std::int64_t throttle();
  void send_throttled(std::int64_t throttle_ms);
  void settle_entries();
  void send_response();
  /// For versions that know no batches: the response is made on the pool.
  void convert_response();
  bool needs_conversion() const;
  std::span<wire::FetchResponse::FetchableTopicResponse> make_topics();
  wire::FetchResponse::PartitionData make_partition(const Result& result) const;
  void on_timeout(std::int64_t now_ms);
  void reset();

  Shard& shard_;
  FetchSession own_session_;
  FetchSession* session_ = nullptr;
  net::Slot slot_;
  std::int16_t version_ = 0;
  std::int32_t correlation_id_ = 0;
  FetchParameters parameters_;
  std::vector<Result> results_;
  std::string metered_client_;  // its id, where quotas are; kept for reuse
  bool is_metered_ = false;
  std::int64_t throttle_ms_ = 0;
  std::int64_t bytes_ = 0;      // found by look(), and added by progress since
  bool queued_ = false;         // on the shard's list of ready ones
  std::vector<ColdRead> cold_;  // what look() found for the pool to read
  std::uint64_t ticket_ = 0;    // while the pool reads
  bool warm_ = false;           // it has
  std::vector<wire::Splice> splices_;
  MemberTimer<FetchOp, &FetchOp::on_timeout> timer_{*this};
};

}  // namespace streamline::broker
