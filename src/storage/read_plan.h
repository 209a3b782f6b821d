// ReadPlan: which bytes of which files answer a read; ReadCursor: where the next sequential read goes on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/assert.h"
#include "base/ids.h"
#include "fs/file.h"

namespace streamline::storage {

class Segment;

enum class MinOneBatch : std::uint8_t { no, yes };

/// A range of whole batches in one file. The file stays readable for as long as the run lives, even if its segment is deleted.
struct ReadRun {
  std::shared_ptr<const fs::File> file;
  std::uint64_t position = 0;
  std::uint32_t length = 0;
};

/// At most kMaxRuns runs, in offset order, without a heap allocation.
class ReadPlan {
 public:
  static constexpr std::size_t kMaxRuns = 4;

  std::span<const ReadRun> runs() const { return {runs_.data(), count_}; }
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == kMaxRuns; }
  std::uint64_t total_bytes() const { return total_bytes_; }
  /// One past the last offset that the runs cover; the offset asked for when they are empty.
  Offset next_offset() const { return next_offset_; }

  void set_next_offset(Offset offset) { next_offset_ = offset; }
  void add(ReadRun run) {
    SL_ASSERT(!full());
    total_bytes_ += run.length;
    runs_[count_++] = std::move(run);
  }

 private:
  std::array<ReadRun, kMaxRuns> runs_;
  std::size_t count_ = 0;
  std::uint64_t total_bytes_ = 0;
  Offset next_offset_{0};
};

/// Remembers where the last read of one reader of one log ended, so that the next one searches nothing. Belongs to that reader.
/// A default-made or stale cursor is never wrong, only slower. Does not keep deleted segments alive.
struct ReadCursor {
  std::weak_ptr<const Segment> segment;
  Offset next_offset = kNoOffset;
  std::uint32_t position = 0;
};

}  // namespace streamline::storage
