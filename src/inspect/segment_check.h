// SegmentCheck: one segment with its index: header, every batch, every record's structure, every index entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "inspect/batch_reader.h"
#include "inspect/check_report.h"
#include "inspect/repair.h"
#include "inspect/state_check.h"
#include "record/compression.h"
#include "storage/sparse_index.h"

namespace streamline::inspect {

/// Whether offsets may be missing between batches: compaction takes them.
enum class Gaps : std::uint8_t { forbidden, allowed };

struct SegmentPlace {
  std::string directory;
  Offset base{0};
  /// Nothing for the last segment.
  std::optional<Offset> next_base = {};
  std::uint64_t topic_hash = 0;
  LeaderEpoch last_epoch{0};
  Gaps gaps = Gaps::forbidden;
  WallTime now = {};
};

class SegmentCheck {
 public:
  SegmentCheck(fs::FileSystem& file_system, const SegmentPlace& place, CheckReport& report, StateCheck& state);

  void run();
  /// Behind the last whole batch that belongs to the log.
  Offset end_offset() const { return end_offset_; }
  LeaderEpoch last_epoch() const { return epoch_; }
  /// False when the file is another topic's.
  bool is_ours() const { return is_ours_; }
  const SegmentRepair& repair() const { return repair_; }

 private:
  void check_header();
  void load_index();
  Status walk();
  void take_batch(const Piece& piece);
  void check_order(const Piece& piece);
  void check_records(const Piece& piece);
  std::string walk_records(const Piece& piece);
  void check_index(const Piece& piece);
  void take_bad(const Piece& piece);
  void settle_bad(Offset next);
  void check_end(std::uint64_t file_bytes);
  void check_sealed();
  void plan_header();
  Finding at(Severity severity, std::string_view what, std::uint64_t position, std::string text) const;
  bool gaps_allowed() const;

  fs::FileSystem& fs_;
  const SegmentPlace& place_;
  CheckReport& report_;
  StateCheck& state_;
  const std::string path_;
  std::unique_ptr<fs::File> file_;
  std::optional<storage::SegmentHeader> header_;
  bool header_is_wrong_ = false;
  bool is_ours_ = true;
  bool reached_next_ = false;
  Offset end_offset_;
  LeaderEpoch epoch_;
  std::uint64_t end_position_ = 0;
  std::int64_t max_timestamp_ = record::kNoTimestamp;
  std::vector<storage::IndexEntry> index_;
  std::size_t index_place_ = 0;
  std::string index_problem_;
  std::optional<BadStretch> open_bad_;
  std::string bad_reason_;
  SegmentRepair repair_;
  record::Decompressor decompressor_;
};

}  // namespace streamline::inspect
