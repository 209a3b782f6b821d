// Segment: one file of a log: a 64-byte header, then batches exactly as on the wire, and the index that finds them.
// Invariants: bytes before end() are whole batches that never change; index, timestamps and end are visible before an offset that
// needs them is.
// Thread rule: the log's writer appends, publishes and seals; any thread may read at the same time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "record/batch.h"
#include "storage/layout.h"
#include "storage/open_files.h"
#include "storage/read_plan.h"
#include "storage/segment_header.h"
#include "storage/sparse_index.h"

namespace streamline::storage {

/// A border between batches: those before it are below the offset, those behind it are not.
struct Mark {
  std::uint32_t relative_offset = 0;
  std::uint32_t position = kSegmentHeaderBytes;
  friend bool operator==(const Mark&, const Mark&) = default;
};

struct FoundRecord {
  std::int64_t timestamp = -1;
  Offset offset = kNoOffset;
  LeaderEpoch leader_epoch{-1};
};

class Segment {
 public:
  /// A file that is there; it is opened by load() or by the first use.
  Segment(fs::FileSystem& file_system, std::string directory, Offset base_offset);
  /// Before prepare(): where the next segment starts. What lies in the file behind that is a write that failed and was cut, and that
  /// a power loss brought back.
  void set_limit(Offset next_base) { limit_ = next_base; }
  /// Before prepare(): what a header that has to be made anew says of its topic.
  void set_topic_hash(std::uint64_t hash) { topic_hash_ = hash; }
  /// Its file is counted, and may be closed while nobody uses it.
  void attach(const std::shared_ptr<OpenFiles>& open_files) const { slot_.attach(open_files); }
  /// Makes the file with its header; what a crash left under that name is cleared. Its name is durable once the directory is synced.
  static Result<std::shared_ptr<Segment>> create(fs::FileSystem& file_system, std::string directory, const SegmentHeader& header);

  // For compaction; compaction/cleaned_segment.cc.
  /// A new file beside the one of that name, whose place commit_swap gives it.
  static Result<std::shared_ptr<Segment>> create_cleaned(fs::FileSystem& file_system, std::string directory, Offset base_offset);
  /// Writes the whole index beside the old one's, durably.
  Status save_cleaned_index() const;
  /// Of the file as it is. Errors: decode_segment_header's, io.
  Result<SegmentHeader> read_header() const;
  /// Another file is about to take the place of its own: who still reads it goes on with this one. Errors: not_found, io.
  Status keep_open();
  /// Whether nothing is missing between its end and the next segment: compaction may leave a gap there, and says so in the header.
  Result<bool> reaches(Offset next_base) const;

  /// It has left the log, and its path may come to belong to another one: what is open stays so, nothing is opened or written any more.
  /// Waits for a prepare() that is under way.
  void retire();

  Offset base_offset() const { return base_offset_; }
  std::string path(std::string_view ending) const;
  /// Opens it when it is not open; it stays open for as long as the caller keeps it. Errors: not_found when it was replaced or
  /// deleted meanwhile: the log's list then has something newer.
  Result<std::shared_ptr<fs::File>> file() const;
  /// All of it is durable.
  void note_synced() const { slot_.set_dirty(false); }
  /// Opens, reads the index and walks what it does not cover; whatever is missing or wrong is made from the batches.
  /// For a segment that is complete; does nothing the second time. Every call below needs it, or load().
  Status prepare() const;
  /// Bytes of the file, header included: without prepare(), what lies on the disk. Errors: not_found, io.
  Result<std::int64_t> file_bytes() const;
  /// Whether file_bytes() needs no file for that.
  bool knows_file_bytes() const { return is_prepared() || file_bytes_.load(std::memory_order_relaxed) >= 0; }
  bool is_prepared() const { return loaded_.load(std::memory_order_acquire); }
  enum class Place : std::uint8_t { older, newest };
  /// Whether reading `bytes` from `position` on would probably sleep on a disk. Costs a few system calls, but none near the end of the
  /// newest segment.
  bool is_cold(std::uint32_t position, std::size_t bytes, Place place) const;
  /// Where a look-up of that offset begins to read. Needs prepare().
  std::uint32_t look_up_position(Offset offset) const { return start_for(offset).position; }

  Mark end() const { return unpack(end_.load(std::memory_order_acquire)); }
  Offset end_offset() const { return base_offset_ + end().relative_offset; }
  Offset offset_of(Mark mark) const { return base_offset_ + mark.relative_offset; }
  /// -1 without records. May run ahead of what is published.
  std::int64_t max_timestamp() const { return max_timestamp_.load(std::memory_order_acquire); }

  // Reading.
  /// The batch that contains `offset`, or the first behind it; end() when there is none.
  Result<Mark> locate(Offset offset) const;
  /// The last border at or below `offset`.
  Result<Mark> border_at(Offset offset) const;
  struct Limits {
    Mark stop;
    std::size_t max_bytes = 0;
    MinOneBatch min_one = MinOneBatch::yes;
  };
  /// A border behind `from` so that at most max_bytes lie between; `from` itself when not even one batch fits and none is owed.
  Result<Mark> cut(Mark from, const Limits& limits) const;
  struct TimeSearch {
    std::int64_t target_ms = 0;
    Offset from;
    Offset below;
  };
  /// First record in log order within [from, below) whose timestamp is the target or later.
  Result<std::optional<FoundRecord>> find_time(const TimeSearch& search) const;
  enum class MaxSearch : std::uint8_t { quick, exact };
  struct OffsetRange {
    Offset from;
    Offset below;
  };
  /// Highest timestamp of the batches that touch the range. Quick answers from memory for a segment that lies inside it, and may
  /// then count a batch that is just being published.
  Result<std::int64_t> max_timestamp_in(OffsetRange range, MaxSearch how) const;

  // Writing: the log's writer only.
  /// For recovery, instead of prepare(): takes in the batches below `below`; end() is the border that was reached, which is lower when
  /// the file ends or is damaged before. Every index entry is checked against its batch.
  Status load(Offset below);
  /// Takes a batch at `position` into index and timestamps; the position is where the last one ended.
  void note_batch(const record::BatchHeader& header, std::uint32_t position, std::uint32_t index_interval_bytes);
  /// Readers see everything before `end` from now on.
  void publish(Mark end);
  /// The high watermark stands at this border: kept so that readers find it without a search.
  void show(Mark visible) { visible_.store(pack(visible), std::memory_order_release); }
  /// Reserves blocks so that writes up to `position` find them. Failure is only slower: the write itself will tell.
  void reserve(std::uint64_t position, std::uint64_t most_ahead);
  /// Blocks for a file of `bytes`.
  void reserve_whole(std::uint64_t bytes);
  /// After a failed write: the file ends where the log does.
  void forget_reservation() { reserved_ = prewritten_ = 0; }
  /// How many zeros are worth writing behind a write of `bytes` that ends at `write_end`. A sync of what later takes their place finds
  /// size and blocks on disk already and has no journal to wait for. They grow with the segment, so that an idle log has few; behind
  /// large writes there are none, because a journal entry more is cheap there. At most `most`.
  std::uint64_t zeros_behind(std::uint64_t write_end, std::uint64_t bytes, std::uint64_t most) const;
  /// Zeros lie behind the batches up to there.
  void note_prewritten(std::uint64_t position) { prewritten_ = position; }
  bool has_zeros_at(std::uint64_t position) const { return position <= prewritten_; }
  /// Its header says that zeros may lie behind the last batch. Only then may they be written.
  bool may_be_prewritten() const { return may_be_prewritten_; }
  void allow_prewriting() { may_be_prewritten_ = true; }
  /// Writes all of it once more, unsynced: after a failed sync the kernel takes pages that never reached the disk for clean.
  Status write_again();
  /// Writes the sealed header and the index, and gives reserved blocks back.
  Status seal(const SegmentHeader& header);
  /// Appends new entries to the index file, unsynced: what is missing there is found again by a walk.
  Status save_index() const;
  /// Set by the writer: wall time of the first append, for rolling by time.
  std::atomic<std::int64_t> first_append_ms = -1;

 private:
  static std::uint64_t pack(Mark mark) { return std::uint64_t{mark.relative_offset} << 32U | mark.position; }
  static Mark unpack(std::uint64_t packed) { return {static_cast<std::uint32_t>(packed >> 32U), static_cast<std::uint32_t>(packed)}; }
  enum class IndexCheck : std::uint8_t { last_entry, every_entry };
  Result<bool> load_locked(Offset below, IndexCheck check) const;
  struct IndexLoad {
    std::uint64_t file_bytes = 0;
    IndexCheck check = IndexCheck::every_entry;
  };
  Status load_index(Offset below, const fs::File& file, const IndexLoad& how) const;
  Status mend_header() const;
  Status mend_index() const;
  Status save_index_locked() const;
  void note(const record::BatchHeader& header, std::uint32_t position, std::uint32_t index_interval_bytes) const;
  Mark start_for(Offset offset) const;
  std::optional<Mark> known_border(std::uint32_t relative_offset) const;
  Mark best_border_before(Mark from, Mark stop, std::uint32_t position) const;

  // Borders published lately; readers look for a high watermark that the writer has moved past meanwhile.
  static constexpr std::size_t kRecent = 32;
  static constexpr Offset kNoLimit{INT64_MAX};

  fs::FileSystem& fs_;
  const std::string directory_;
  const Offset base_offset_;
  Offset limit_ = kNoLimit;
  std::uint64_t topic_hash_ = 0;

  // A complete segment is loaded by its first reader, so that a start opens nothing; hence mutable.
  mutable std::mutex load_mutex_;
  mutable std::atomic<bool> loaded_ = false;
  std::atomic<bool> retired_ = false;
  mutable FileSlot slot_;
  mutable SparseIndex index_;
  mutable std::uint32_t last_indexed_ = kSegmentHeaderBytes;
  mutable std::atomic<std::uint64_t> end_ = pack(Mark{});
  mutable std::atomic<std::int64_t> max_timestamp_ = -1;
  mutable std::size_t index_entries_saved_ = 0;
  mutable std::atomic<std::int64_t> file_bytes_ = -1;  // once somebody asked; of a complete segment they stay

  std::atomic<std::uint64_t> visible_ = pack(Mark{});
  std::array<std::atomic<std::uint64_t>, kRecent> recent_{};
  std::size_t next_recent_ = 0;
  std::shared_ptr<fs::File> kept_;
  std::uint64_t reserved_ = 0;
  std::uint64_t prewritten_ = 0;
  bool may_be_prewritten_ = false;
};

}  // namespace streamline::storage
