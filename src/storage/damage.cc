// Copies and moves to damaged/; nothing that was kept is ever overwritten.
#include "storage/damage.h"

#include <fmt/format.h>

#include <vector>

#include "base/log.h"
#include "storage/batch_scanner.h"

namespace streamline::storage {
namespace {

constexpr std::size_t kStepBytes = 1U << 20U;

/// Damage may strike the same place twice; nothing that was kept is overwritten.
std::string free_name(fs::FileSystem& file_system, const std::string& directory, const std::string& name) {
  std::string path = fs::join_path(directory, name);
  for (int n = 2; file_system.exists(path); ++n) path = fmt::format("{}/{}.{}", directory, name, n);
  return path;
}

std::string name_in(const std::string& directory, const std::string& path) { return path.substr(directory.size() + 1); }

}  // namespace

Result<SetAside> save_range_aside(fs::FileSystem& file_system, const std::string& directory, const fs::File& segment, AsideRange range) {
  if (Status made = file_system.make_directories(directory); !made) return fail_with(std::move(made));
  const std::string name = fmt::format("{:020}-{}.bytes", range.segment_base.value, range.from);
  const std::string path = free_name(file_system, directory, name);
  Result<std::unique_ptr<fs::File>> to = file_system.open(path, {.create = true, .exclusive = true});
  if (!to) return fail_with(std::move(to));
  SetAside aside{.file = name_in(directory, path)};
  std::vector<std::byte> step(kStepBytes);
  for (std::uint64_t at = range.from; at < range.to;) {
    const std::uint64_t wanted = std::min<std::uint64_t>(step.size(), range.to - at);
    Result<std::size_t> got = segment.read_at(at, MutableBytes(step).first(wanted));
    if (!got) return fail_with(std::move(got));
    if (*got == 0) break;
    if (Status written = (*to)->write_at(at - range.from, ByteView(step).first(*got)); !written) return fail_with(std::move(written));
    at += *got;
    aside.bytes += *got;
  }
  if (Status synced = (*to)->sync(); !synced) return fail_with(std::move(synced));
  if (Status synced = file_system.sync_directory(directory); !synced) return fail_with(std::move(synced));
  return aside;
}

Result<SetAside> save_bytes_aside(fs::FileSystem& file_system, const std::string& directory, const Segment& segment) {
  Result<std::shared_ptr<fs::File>> from = segment.file();
  if (!from) return fail_with(std::move(from));
  return save_range_aside(file_system, directory, **from, {.segment_base = segment.base_offset(), .from = segment.end().position});
}

Result<SetAside> set_segment_aside(fs::FileSystem& file_system, const std::string& directory, const Segment& segment) {
  Result<std::shared_ptr<fs::File>> file = segment.file();
  if (!file) return fail_with(std::move(file));
  Result<std::uint64_t> size = (*file)->size();
  if (!size) return fail_with(std::move(size));
  SetAside aside;
  BatchScanner scanner(**file, kSegmentHeaderBytes, *size);
  for (;;) {
    const Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch || !*batch) break;
    ++aside.batches;
    if (aside.first_offset == kNoOffset) aside.first_offset = (*batch)->header.base_offset;
    aside.last_offset = (*batch)->header.last_offset();
  }
  const std::string index = segment.path(kIndexEnding);
  if (file_system.exists(index)) {
    if (Status removed = file_system.remove(index); !removed) return fail_with(std::move(removed));
  }
  if (aside.batches == 0) {
    if (Status removed = file_system.remove(segment.path(kSegmentEnding)); !removed) return fail_with(std::move(removed));
    return SetAside{};
  }
  aside.bytes = *size - kSegmentHeaderBytes;
  if (Status made = file_system.make_directories(directory); !made) return fail_with(std::move(made));
  const std::string kept = free_name(file_system, directory, offset_file_name(segment.base_offset(), kSegmentEnding));
  aside.file = name_in(directory, kept);
  if (Status moved = file_system.rename(segment.path(kSegmentEnding), kept); !moved) return fail_with(std::move(moved));
  if (Status synced = file_system.sync_directory(directory); !synced) return fail_with(std::move(synced));
  return aside;
}

Result<std::string> write_damage_report(fs::FileSystem& file_system, const std::string& directory, const DamageReport& report) {
  std::string text;
  if (report.missing_from < report.missing_to) {
    text += fmt::format(
        "Records of topic {} partition {} are lost: no segment file holds the offsets {} to {} any more.\n"
        "If you have the files, stop the broker and put them back into the partition's directory.\n\n",
        report.topic, report.partition, report.missing_from.value, report.missing_to.value - 1);
  }
  if (!report.kept.empty()) {
    text += fmt::format(
        "These bytes were removed from topic {} partition {}, because a place before them is damaged.\n"
        "The log goes on at offset {}. Nothing below is served; keep it or delete it.\n\n",
        report.topic, report.partition, report.log_end.value);
  }
  for (const SetAside& kept : report.kept) {
    text += fmt::format("file={} bytes={} whole_batches={}", kept.file, kept.bytes, kept.batches);
    if (kept.first_offset != kNoOffset)
      text += fmt::format(" first_offset={} last_offset={}", kept.first_offset.value, kept.last_offset.value);
    text += "\n";
  }
  if (Status made = file_system.make_directories(directory); !made) return fail_with(std::move(made));
  std::string path = free_name(file_system, directory, fmt::format("report-{}.txt", report.log_end.value));
  if (Status written = fs::replace_file(file_system, path, as_bytes(text)); !written) return fail_with(std::move(written));
  return path;
}

Status report_damage(fs::FileSystem& file_system, const std::string& directory, const DamageReport& report) {
  const bool missing = report.missing_from < report.missing_to;
  if (!missing && report.kept.empty()) return {};
  Result<std::string> path = write_damage_report(file_system, directory, report);
  if (!path) return fail_with(std::move(path));
  if (missing) {
    log::error("storage", "records are missing topic={} partition={} from={} to={} report={}", report.topic, report.partition,
               report.missing_from.value, report.missing_to.value, *path);
  }
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
  for (const SetAside& kept : report.kept) {
    bytes += kept.bytes;
    batches += kept.batches;
  }
  if (!report.kept.empty()) {
    log::error("storage", "damaged records were set aside topic={} partition={} end={} bytes={} batches={} report={}", report.topic,
               report.partition, report.log_end.value, bytes, batches, *path);
  }
  return {};
}

}  // namespace streamline::storage
