// Putting one file in the place of a run of segments, so that a kill or a power loss at any point leaves all of the old or all of the new.
// The steps, each durable before the next begins:
//   1. `{base}.segment.cleaned` (and `{base}.index.cleaned`) hold the new segment, synced. A start removes them.
//   2. The first is renamed to `{base}-{end}.swap`: from here on the new one counts. A start goes on with step 3.
//   3. Segments with a base in (base, end) are removed with their indexes of aborted transactions, and the index of the first one.
//   4. The swap file is renamed to `{base}.segment`, over the first of the old ones, and the index after it.
// No other file of the directory may change meanwhile but the active segment's; the log's files mutex sees to that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"

namespace streamline::storage {

/// Behind the names of files that are still being written.
inline constexpr std::string_view kCleanedEnding = ".cleaned";
inline constexpr std::string_view kSwapEnding = ".swap";

/// The new segment starts at `base` and stands for all segments with a base in [base, end).
struct Swap {
  Offset base;
  Offset end;
  friend bool operator==(const Swap&, const Swap&) = default;
};

std::string swap_file_name(const Swap& swap);
/// Nothing for a name that is not one.
std::optional<Swap> parse_swap_file_name(std::string_view name);

/// Step 2. After an error it is unknown whether the swap is durable: undo_swap before anything else changes.
Status commit_swap(fs::FileSystem& file_system, const std::string& directory, const Swap& swap);
/// Removes a swap that did not become durable, durably; success when there is none.
Status undo_swap(fs::FileSystem& file_system, const std::string& directory, const Swap& swap);
/// Steps 3 and 4; may be repeated after an error or a crash, and does nothing once they are done.
Status finish_swap(fs::FileSystem& file_system, const std::string& directory, const Swap& swap);
/// At a start, before the directory is read: finishes what was committed and removes what was not.
Status recover_swaps(fs::FileSystem& file_system, const std::string& directory);

}  // namespace streamline::storage
