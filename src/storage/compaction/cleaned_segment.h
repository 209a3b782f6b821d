// CleanedSegment: the segment that compaction writes beside the ones it is made from (step 1 of swap.h). Belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "record/batch.h"
#include "storage/segment.h"
#include "storage/segment_header.h"

namespace streamline::storage {

class CleanedSegment {
 public:
  /// `header` as of the first segment that it replaces: base offset, time, epoch and topic are taken over.
  static Result<CleanedSegment> create(fs::FileSystem& file_system, const std::string& directory, const SegmentHeader& header,
                                       std::uint32_t index_interval_bytes);

  /// Batches in the order of their offsets. Errors: too_large (a position would pass 2^32), io, no_space.
  Status append(const record::BatchHeader& header, ByteView bytes);
  Offset base_offset() const { return header_.base_offset; }
  /// Of the file as it will be.
  std::uint64_t bytes() const { return std::uint64_t{at_.position}; }
  /// Header and contents are durable when it returns. Then finish().
  Status write_out();
  /// The index is durable too when it returns; their names are with commit_swap.
  Result<std::shared_ptr<Segment>> finish();
  /// Removes the files. Whatever stays is removed by the next one or the next start.
  void discard();

 private:
  CleanedSegment(fs::FileSystem& file_system, std::shared_ptr<Segment> segment, const SegmentHeader& header,
                 std::uint32_t index_interval_bytes);
  Status flush();

  fs::FileSystem* fs_;
  std::shared_ptr<Segment> segment_;
  std::shared_ptr<fs::File> file_;
  SegmentHeader header_;
  std::uint32_t index_interval_bytes_;
  Mark at_;
  std::uint64_t written_ = kSegmentHeaderBytes;
  std::uint64_t synced_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace streamline::storage
