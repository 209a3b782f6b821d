// Lists a partition's files, walks its segments, compares with the manifest.
#include "inspect/partition_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "storage/compaction/cleaner_point.h"
#include "storage/layout.h"

namespace streamline::inspect {
namespace {

// What a crash in the middle of a replacement, a compaction or a deletion leaves; the next start finishes or removes it.
constexpr std::array<std::string_view, 4> kLeftoverEndings{".new", ".cleaned", ".swap", ".deleted"};

class PartitionCheck {
 public:
  PartitionCheck(fs::FileSystem& file_system, const PartitionPlace& place, CheckReport& report)
      : fs_(file_system),
        place_(place),
        report_(report),
        directory_(place.identity.directory),
        state_(file_system, report, place.identity.directory) {
    plan_.directory = place.identity.directory;
    plan_.damaged_directory = place.damaged_directory;
  }

  Result<PartitionRepair> run() {
    if (fs_.exists(directory_)) {
      if (Status listed = list_files(); !listed) return fail_with(std::move(listed));
    }
    check_indexes();
    state_.load(snapshots_, aborted_);
    if (!check_segments()) return PartitionRepair{};  // the broker refuses this partition; nothing here is ours to change
    state_.finish(end_);
    check_manifest();
    plan_.remove.insert(plan_.remove.end(), state_.wrong_files().begin(), state_.wrong_files().end());
    return std::move(plan_);
  }

 private:
  Status list_files();
  void check_indexes();
  void remove_without_segment(Offset index, std::string_view ending);
  bool check_segments();
  void check_manifest();
  void missing(Severity severity, Offset from, Offset to, std::string text);

  fs::FileSystem& fs_;
  const PartitionPlace& place_;
  CheckReport& report_;
  const std::string& directory_;
  StateCheck state_;
  PartitionRepair plan_;
  std::vector<Offset> bases_;
  std::vector<Offset> indexes_;
  std::vector<Offset> snapshots_;
  std::vector<Offset> aborted_;
  Offset end_{0};
};

Status PartitionCheck::list_files() {
  Result<std::vector<std::string>> names = fs_.list(directory_);
  if (!names) return fail_with(std::move(names));
  for (const std::string& name : *names) {
    const auto is_leftover = [&](std::string_view ending) { return name.ends_with(ending); };
    if (const auto base = storage::parse_offset_file_name(name, storage::kSegmentEnding)) {
      bases_.push_back(*base);
    } else if (const auto index = storage::parse_offset_file_name(name, storage::kIndexEnding)) {
      indexes_.push_back(*index);
    } else if (const auto snapshot = storage::parse_offset_file_name(name, storage::kProducersEnding)) {
      snapshots_.push_back(*snapshot);
    } else if (const auto aborted = storage::parse_offset_file_name(name, storage::kAbortedEnding)) {
      aborted_.push_back(*aborted);
    } else if (std::ranges::any_of(kLeftoverEndings, is_leftover)) {
      report_.note("leftover", fs::join_path(directory_, name), "a crash interrupted what made or removed it; the next start settles it");
    } else if (name != storage::kEpochsName && name != storage::kCleanerPointName) {
      report_.note("unknown_file", fs::join_path(directory_, name), "no file of a kind that this version knows; it is left alone");
    }
  }
  return {};
}

void PartitionCheck::check_indexes() {
  for (const Offset index : indexes_) remove_without_segment(index, storage::kIndexEnding);
  for (const Offset index : aborted_) remove_without_segment(index, storage::kAbortedEnding);
  std::erase_if(aborted_, [&](Offset index) { return !std::ranges::binary_search(bases_, index); });
}

void PartitionCheck::remove_without_segment(Offset index, std::string_view ending) {
  if (std::ranges::binary_search(bases_, index)) return;
  const std::string path = fs::join_path(directory_, storage::offset_file_name(index, ending));
  report_.note("leftover", path, "an index without its segment");
  plan_.remove.push_back(path);
}

/// False when a segment is another topic's.
bool PartitionCheck::check_segments() {
  LeaderEpoch epoch{0};
  for (std::size_t i = 0; i < bases_.size(); ++i) {
    SegmentPlace segment{.directory = directory_,
                         .base = bases_[i],
                         .topic_hash = storage::topic_hash(place_.identity.topic_id),
                         .last_epoch = epoch,
                         .gaps = place_.gaps,
                         .now = place_.now};
    if (i + 1 < bases_.size()) segment.next_base = bases_[i + 1];
    SegmentCheck check(fs_, segment, report_, state_);
    check.run();
    if (!check.is_ours()) return false;
    ++report_.summary().segments;
    epoch = check.last_epoch();
    end_ = check.end_offset();
    if (check.repair().is_needed()) plan_.segments.push_back(check.repair());
  }
  return true;
}

void PartitionCheck::missing(Severity severity, Offset from, Offset to, std::string text) {
  report_.add({.severity = severity,
               .what = "missing_offsets",
               .file = directory_,
               .offset = from.value,
               .last_offset = to.value - 1,
               .text = std::move(text)});
}

void PartitionCheck::check_manifest() {
  if (!place_.entry) {
    if (!bases_.empty())
      report_.note("manifest", directory_, "the manifest does not know the partition; it is read in full at the next start");
    return;
  }
  const storage::ManifestEntry& entry = *place_.entry;
  const Offset start = bases_.empty() ? entry.log_start : bases_.front();
  if (start > entry.log_start && place_.gaps == Gaps::forbidden) {
    missing(Severity::error, entry.log_start, start, "the log starts with these offsets, and no segment holds them");
  }
  const Offset end = std::max(end_, entry.log_start);
  if (end < entry.recovery_point) {
    missing(Severity::error, end, entry.recovery_point, "they were synced, and no segment holds them");
  } else if (end < entry.end) {
    missing(Severity::note, end, entry.end, "they had been written and not synced when the machine stopped");
  }
  if (entry.sync_failed) {
    report_.note("manifest", directory_, "a sync had failed; the next start writes and syncs what is there again");
  }
}

}  // namespace

Result<PartitionRepair> check_partition(fs::FileSystem& file_system, const PartitionPlace& place, CheckReport& report) {
  return PartitionCheck(file_system, place, report).run();
}

std::uint64_t partition_bytes(fs::FileSystem& file_system, const std::string& directory) {
  std::uint64_t bytes = 0;
  const Result<std::vector<std::string>> names = file_system.list(directory);
  if (!names) return 0;
  for (const std::string& name : *names) {
    if (!storage::parse_offset_file_name(name, storage::kSegmentEnding)) continue;
    const Result<std::unique_ptr<fs::File>> file = file_system.open(fs::join_path(directory, name), {.read_only = true});
    if (!file) continue;
    if (const Result<std::uint64_t> size = (*file)->size()) bytes += *size;
  }
  return bytes;
}

}  // namespace streamline::inspect
