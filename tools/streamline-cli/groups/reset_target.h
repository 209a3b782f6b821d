// ResetTarget: where `groups reset --to` sends a group, as the user wrote it; and the files of offsets that it reads and writes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/offset_spec.h"

namespace streamline::cli {

struct ResetTarget {
  enum class Kind : std::uint8_t {
    place,  ///< `place`, in each partition
    shift,  ///< `shift` records further, from what is committed; back when negative
    group,  ///< where the group `name` stands
    file,   ///< what the file `name` lists
  };
  Kind kind = Kind::place;
  client::OffsetSpec place{};
  std::int64_t shift = 0;
  std::string name{};
};

/// "earliest", "latest", "42", "@TIME", "-1h", "shift -100" (or "shift:-100"), "group:OTHER", "file:F". invalid_argument says what is
/// allowed.
Result<ResetTarget> parse_reset_target(std::string_view text, std::int64_t now_ms);

/// Offsets by partition; none = nothing committed there.
using OffsetList = std::map<client::TopicPartition, std::optional<std::int64_t>>;

/// Lines of "topic,partition,offset" as Kafka's tools write them, and "-" for none. invalid_argument names the line.
Result<OffsetList> parse_offset_list(std::string_view text);
std::string format_offset_list(const OffsetList& offsets);

/// io with the file's name.
Result<std::string> read_whole_file(const std::string& path);
/// On disk when it returns. Never replaces a file: io when there is one.
Status write_new_file(const std::string& path, std::string_view text);

}  // namespace streamline::cli
