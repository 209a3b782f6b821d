// The steps of a swap.
#include "storage/compaction/swap.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/log.h"
#include "storage/layout.h"

namespace streamline::storage {
namespace {

constexpr std::size_t kOffsetDigits = 20;

std::optional<Offset> parse_digits(std::string_view digits) {
  std::int64_t value = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || stopped != digits.data() + digits.size() || value < 0) return std::nullopt;
  return Offset(value);
}

Status remove_if_there(fs::FileSystem& file_system, const std::string& path) {
  Status removed = file_system.remove(path);
  if (!removed && removed.error().code == Errc::not_found) return {};
  return removed;
}

Status remove_replaced(fs::FileSystem& file_system, const std::string& directory, const Swap& swap) {
  Result<std::vector<std::string>> names = file_system.list(directory);
  if (!names) return fail_with(std::move(names));
  for (const std::string& name : *names) {
    const std::optional<Offset> segment = parse_offset_file_name(name, kSegmentEnding);
    const std::optional<Offset> index = parse_offset_file_name(name, kIndexEnding);
    const std::optional<Offset> aborted = parse_offset_file_name(name, kAbortedEnding);
    const bool replaced = (segment && *segment > swap.base && *segment < swap.end) || (index && *index >= swap.base && *index < swap.end) ||
                          (aborted && *aborted > swap.base && *aborted < swap.end);
    if (!replaced) continue;
    if (Status removed = remove_if_there(file_system, fs::join_path(directory, name)); !removed) return removed;
  }
  return file_system.sync_directory(directory);
}

}  // namespace

std::string swap_file_name(const Swap& swap) { return fmt::format("{:020}-{:020}{}", swap.base.value, swap.end.value, kSwapEnding); }

std::optional<Swap> parse_swap_file_name(std::string_view name) {
  if (name.size() != 2 * kOffsetDigits + 1 + kSwapEnding.size() || !name.ends_with(kSwapEnding) || name[kOffsetDigits] != '-') {
    return std::nullopt;
  }
  const std::optional<Offset> base = parse_digits(name.substr(0, kOffsetDigits));
  const std::optional<Offset> end = parse_digits(name.substr(kOffsetDigits + 1, kOffsetDigits));
  if (!base || !end || *end <= *base) return std::nullopt;
  return Swap{*base, *end};
}

Status commit_swap(fs::FileSystem& file_system, const std::string& directory, const Swap& swap) {
  const std::string cleaned = fs::join_path(directory, offset_file_name(swap.base, kSegmentEnding)) + std::string(kCleanedEnding);
  if (Status renamed = file_system.rename(cleaned, fs::join_path(directory, swap_file_name(swap))); !renamed) return renamed;
  return file_system.sync_directory(directory);
}

Status undo_swap(fs::FileSystem& file_system, const std::string& directory, const Swap& swap) {
  if (Status removed = remove_if_there(file_system, fs::join_path(directory, swap_file_name(swap))); !removed) return removed;
  return file_system.sync_directory(directory);
}

Status finish_swap(fs::FileSystem& file_system, const std::string& directory, const Swap& swap) {
  const std::string committed = fs::join_path(directory, swap_file_name(swap));
  if (!file_system.exists(committed)) return file_system.sync_directory(directory);
  // Were the swap file's new name durable and these removals not, their records would be there twice.
  if (Status removed = remove_replaced(file_system, directory, swap); !removed) return removed;
  if (Status renamed = file_system.rename(committed, fs::join_path(directory, offset_file_name(swap.base, kSegmentEnding))); !renamed) {
    return renamed;
  }
  const std::string index = fs::join_path(directory, offset_file_name(swap.base, kIndexEnding));
  if (const std::string cleaned = index + std::string(kCleanedEnding); file_system.exists(cleaned)) {
    if (Status renamed = file_system.rename(cleaned, index); !renamed) return renamed;
  }
  return file_system.sync_directory(directory);
}

Status recover_swaps(fs::FileSystem& file_system, const std::string& directory) {
  Result<std::vector<std::string>> names = file_system.list(directory);
  if (!names) return fail_with(std::move(names));
  for (const std::string& name : *names) {
    const std::optional<Swap> swap = parse_swap_file_name(name);
    if (!swap) continue;
    if (Status finished = finish_swap(file_system, directory, *swap); !finished) return finished;
    log::info("storage", "finished a compaction that was interrupted file={}/{}", directory, name);
  }
  for (const std::string& name : *names) {
    if (!name.ends_with(kCleanedEnding)) continue;
    if (Status removed = remove_if_there(file_system, fs::join_path(directory, name)); !removed) return removed;
  }
  return {};
}

}  // namespace streamline::storage
