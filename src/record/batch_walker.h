// BatchWalker: the batches of a buffer, one after the other, by their headers only; no CRC is checked and no record is read.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "record/batch.h"

namespace streamline::record {

struct BatchView {
  BatchHeader header{};
  /// The whole batch, header included; a view into the walked buffer.
  ByteView bytes{};
};

/// Belongs to one thread; the buffer outlives it.
class BatchWalker {
 public:
  explicit BatchWalker(ByteView buffer) : rest_(buffer) {}

  /// The next whole batch; nothing when fewer bytes than one batch are left (rest() holds them: a fetch may be cut mid-batch).
  /// Errors are read_batch_header's; after one the walker stays where it is.
  Result<std::optional<BatchView>> next();
  /// Bytes not yet walked.
  ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

}  // namespace streamline::record
