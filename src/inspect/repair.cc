// Carries out the plan of a partition's repair.
#include "inspect/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "record/batch.h"
#include "storage/damage.h"
#include "storage/layout.h"
#include "storage/segment.h"

namespace streamline::inspect {
namespace {

using storage::kIndexEnding;
using storage::kSegmentEnding;
using storage::kSegmentHeaderBytes;
using storage::offset_file_name;

constexpr std::size_t kStepBytes = 1U << 20U;

/// A batch without records that stands for the lost offsets, as compaction leaves them; readers step over it.
std::array<std::byte, record::kBatchHeaderBytes> empty_batch(const BadStretch& bad) {
  std::array<std::byte, record::kBatchHeaderBytes> bytes{};
  record::BatchHeader header{.base_offset = bad.first_lost,
                             .batch_length = static_cast<std::int32_t>(record::kBatchHeaderBytes - record::kBatchPrefixBytes),
                             .leader_epoch = bad.leader_epoch,
                             .last_offset_delta = static_cast<std::int32_t>(bad.next - bad.first_lost - 1)};
  record::write_batch_header(bytes.data(), header);
  header.crc = record::compute_crc(bytes);
  record::write_batch_header(bytes.data(), header);
  return bytes;
}

class SegmentMender {
 public:
  SegmentMender(fs::FileSystem& file_system, const PartitionRepair& plan, const SegmentRepair& segment)
      : fs_(file_system),
        plan_(plan),
        segment_(segment),
        path_(fs::join_path(plan.directory, offset_file_name(segment.base, kSegmentEnding))) {}

  Status run(std::vector<std::string>& told) {
    if (!segment_.bad.empty()) {
      if (Status aside = set_aside(); !aside) return aside;
      if (Status written = write_without_bad(); !written) return written;
      told.push_back(fmt::format("{}: {} damaged stretches set aside in {}", path_, segment_.bad.size(), plan_.damaged_directory));
    } else if (segment_.header) {
      if (Status written = write_header(); !written) return written;
      told.push_back(path_ + ": header made anew");
    }
    if (segment_.bad.empty() && !segment_.index_is_bad) return {};
    if (Status made = make_index(); !made) return made;
    told.push_back(path_ + ": index made anew");
    return {};
  }

 private:
  Status set_aside() {
    Result<std::unique_ptr<fs::File>> file = fs_.open(path_, {.read_only = true});
    if (!file) return fail_with(std::move(file));
    for (const BadStretch& bad : segment_.bad) {
      if (bad.from == bad.to) continue;
      const storage::AsideRange range{.segment_base = segment_.base, .from = bad.from, .to = bad.to};
      if (auto saved = storage::save_range_aside(fs_, plan_.damaged_directory, **file, range); !saved) return fail_with(std::move(saved));
    }
    return {};
  }

  /// Beside the old file and then over it, so that a crash leaves one of both whole.
  Status write_without_bad() {
    Result<std::unique_ptr<fs::File>> from = fs_.open(path_, {.read_only = true});
    if (!from) return fail_with(std::move(from));
    const std::string fresh = path_ + ".new";
    if (fs_.exists(fresh)) {
      if (Status removed = fs_.remove(fresh); !removed) return removed;
    }
    Result<std::unique_ptr<fs::File>> to = fs_.open(fresh, {.create = true, .exclusive = true});
    if (!to) return fail_with(std::move(to));
    if (Status copied = copy_good(**from, **to); !copied) return copied;
    if (Status synced = (*to)->sync(); !synced) return synced;
    if (Status renamed = fs_.rename(fresh, path_); !renamed) return renamed;
    return fs_.sync_directory(plan_.directory);
  }

  Status copy_good(const fs::File& from, fs::File& to) {
    std::uint64_t read = 0;
    if (segment_.header) {
      const auto header = storage::encode(*segment_.header);
      if (Status written = to.write_at(0, header); !written) return written;
      read = written_ = kSegmentHeaderBytes;
    }
    for (const BadStretch& bad : segment_.bad) {
      if (Status copied = copy(from, to, {read, bad.from}); !copied) return copied;
      read = bad.to;
      if (bad.next <= bad.first_lost) continue;
      const auto filler = empty_batch(bad);
      if (Status written = to.write_at(written_, filler); !written) return written;
      written_ += filler.size();
    }
    return copy(from, to, {read, segment_.end});
  }

  Status copy(const fs::File& from, fs::File& to, std::pair<std::uint64_t, std::uint64_t> range) {
    std::vector<std::byte> step(kStepBytes);
    for (std::uint64_t at = range.first; at < range.second;) {
      const std::uint64_t wanted = std::min<std::uint64_t>(step.size(), range.second - at);
      Result<std::size_t> got = from.read_at(at, MutableBytes(step).first(wanted));
      if (!got) return fail_with(std::move(got));
      if (*got == 0) return fail(Errc::io, path_ + " became shorter while it was copied");
      if (Status written = to.write_at(written_, ByteView(step).first(*got)); !written) return written;
      at += *got;
      written_ += *got;
    }
    return {};
  }

  Status write_header() {
    Result<std::unique_ptr<fs::File>> file = fs_.open(path_, {});
    if (!file) return fail_with(std::move(file));
    if (Status written = (*file)->write_at(0, storage::encode(*segment_.header)); !written) return written;
    return (*file)->sync();
  }

  Status make_index() {
    const std::string index = fs::join_path(plan_.directory, offset_file_name(segment_.base, kIndexEnding));
    if (fs_.exists(index)) {
      if (Status removed = fs_.remove(index); !removed) return removed;
    }
    storage::Segment segment(fs_, plan_.directory, segment_.base);
    segment.set_limit(segment_.next_base);
    if (Status prepared = segment.prepare(); !prepared) return prepared;
    return segment.save_index();
  }

  fs::FileSystem& fs_;
  const PartitionRepair& plan_;
  const SegmentRepair& segment_;
  const std::string path_;
  std::uint64_t written_ = 0;
};

}  // namespace

Result<std::vector<std::string>> repair_partition(fs::FileSystem& file_system, const PartitionRepair& plan) {
  std::vector<std::string> told;
  for (const SegmentRepair& segment : plan.segments) {
    if (Status mended = SegmentMender(file_system, plan, segment).run(told); !mended) return fail_with(std::move(mended));
  }
  for (const std::string& path : plan.remove) {
    if (Status removed = file_system.remove(path); !removed) return fail_with(std::move(removed));
    told.push_back(path + ": removed");
  }
  if (!plan.remove.empty()) {
    if (Status synced = file_system.sync_directory(plan.directory); !synced) return fail_with(std::move(synced));
  }
  return told;
}

}  // namespace streamline::inspect
