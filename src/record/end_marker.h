// End markers: the control batches that end a transaction on a partition. One record, its key says how: version int16 (0), type int16
// (0 abort, 1 commit), its value who decided: version int16 (0), coordinator epoch int32 (rule 62). Any thread may call these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "record/batch.h"

namespace streamline::record {

enum class TransactionEnd : std::int16_t { abort = 0, commit = 1 };

struct EndMarker {
  ProducerId producer_id = kNoProducerId;
  std::int16_t producer_epoch = kNoProducerEpoch;
  TransactionEnd end = TransactionEnd::abort;
  /// Of the coordinator that decided; an older one's markers are refused (rule 63).
  std::int32_t coordinator_epoch = 0;
  friend bool operator==(const EndMarker&, const EndMarker&) = default;
};

/// The batch, CRC set, base offset 0.
std::vector<std::byte> encode_end_marker(const EndMarker& marker, std::int64_t timestamp_ms);

/// `batch` is one whole checked batch. Keys and values of later versions may be longer: what is known of them is read.
/// Errors: invalid_argument (not a control batch), malformed (not one record of that shape), unsupported (a control record of another
/// type, which readers are to skip).
Result<EndMarker> read_end_marker(ByteView batch);

}  // namespace streamline::record
