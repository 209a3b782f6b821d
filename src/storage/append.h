// AppendItem and AppendSummary: what goes into and comes out of Log::append.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/open_transactions.h"

namespace streamline::storage {

/// One v2 batch whose header and CRC the caller has checked; in and out. An end marker (record/end_marker.h) ends the producer's
/// transaction here, whatever it holds; only a coordinator may write one.
struct AppendItem {
  /// Base offset and leader epoch are patched in place.
  MutableBytes batch = {};
  /// For transactional data: what Log::transaction_guard() gave before the coordinator was asked. None in an open transaction.
  std::optional<TransactionGuard> guard = {};

  /// None = appended, or a duplicate. Otherwise: out_of_order_sequence, invalid_producer_epoch (also of a marker), invalid_txn_state (not
  /// part of a transaction that is known to be open, or plain data within one), coordinator_fenced (a marker), invalid_record (a control
  /// batch that is no end marker), too_large, record_list_too_large, no_space, io, closed (deleted).
  std::optional<Errc> error = {};
  /// Of the first record; of a duplicate's first appearance.
  Offset base_offset = kNoOffset;
  /// Log start and time of append; a duplicate answers the time of its first append (rule 14.18).
  std::int64_t append_time_ms = -1;
  bool duplicate = false;
};

struct AppendSummary {
  /// [first, end) was appended by this call; equal when nothing was.
  Offset first{0};
  Offset end{0};
  std::uint64_t bytes = 0;
  std::uint32_t batches = 0;
  /// Log::generation() at the append.
  std::uint64_t generation = 0;
};

}  // namespace streamline::storage
