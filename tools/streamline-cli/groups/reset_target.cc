// Parsing of targets and of lists of offsets.
#include "groups/reset_target.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

namespace streamline::cli {

namespace {

template <class Number>
std::optional<Number> whole(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<ResetTarget> parse_shift(std::string_view text) {
  if (const auto shift = whole<std::int64_t>(text)) return ResetTarget{.kind = ResetTarget::Kind::shift, .shift = *shift};
  return fail(Errc::invalid_argument, fmt::format("'{}' is no number of records to shift by", text));
}

Result<ResetTarget> named(ResetTarget::Kind kind, std::string_view name) {
  if (name.empty()) return fail(Errc::invalid_argument, "a name has to follow the colon");
  return ResetTarget{.kind = kind, .name = std::string(name)};
}

Status io_failure(const std::string& path) { return fail(Errc::io, fmt::format("{}: {}", path, std::strerror(errno))); }

}  // namespace

Result<ResetTarget> parse_reset_target(std::string_view text, std::int64_t now_ms) {
  using Kind = ResetTarget::Kind;
  for (const std::string_view word : {"shift ", "shift:"}) {
    if (text.starts_with(word)) return parse_shift(text.substr(word.size()));
  }
  constexpr std::string_view kGroup = "group:";
  constexpr std::string_view kFile = "file:";
  if (text.starts_with(kGroup)) return named(Kind::group, text.substr(kGroup.size()));
  if (text.starts_with(kFile)) return named(Kind::file, text.substr(kFile.size()));
  // A bare -1h is a time, where consume's --from has -5 for the last five.
  if (text.starts_with('-')) {
    if (const auto age = client::parse_duration(text.substr(1))) {
      const client::OffsetSpec place{.kind = client::OffsetSpec::Kind::timestamp, .value = now_ms - age->count()};
      return ResetTarget{.kind = Kind::place, .place = place};
    }
  }
  const auto place = client::parse_offset_spec(text, now_ms);
  if (place) return ResetTarget{.kind = Kind::place, .place = *place};
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no place; write earliest, latest, an offset, @TIME, -1h, 'shift -100', group:OTHER or file:F", text));
}

Result<OffsetList> parse_offset_list(std::string_view text) {
  OffsetList offsets;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t last = line.rfind(',');
    const std::size_t first = last == std::string_view::npos || last == 0 ? std::string_view::npos : line.rfind(',', last - 1);
    const bool three = first != std::string_view::npos && first > 0;
    const auto partition = three ? whole<std::int32_t>(line.substr(first + 1, last - first - 1)) : std::nullopt;
    const std::string_view place = line.substr(three ? last + 1 : line.size());
    const auto offset = whole<std::int64_t>(place);
    if (!partition || *partition < 0 || (place != "-" && (!offset || *offset < 0))) {
      return fail(Errc::invalid_argument, fmt::format("line {} is not topic,partition,offset: '{}'", number, line));
    }
    offsets[{.topic = std::string(line.substr(0, first)), .partition = *partition}] = offset;
  }
  return offsets;
}

std::string format_offset_list(const OffsetList& offsets) {
  std::string text;
  for (const auto& [of, offset] : offsets) {
    text += fmt::format("{},{},{}\n", of.topic, of.partition, offset ? std::to_string(*offset) : std::string("-"));
  }
  return text;
}

Result<std::string> read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::io, fmt::format("{}: {}", path, std::strerror(errno)));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return fail(Errc::io, fmt::format("{}: cannot be read", path));
  return text;
}

Status write_new_file(const std::string& path, std::string_view text) {
  const auto close = [](std::FILE* file) { return std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "wx"), close);
  if (file == nullptr) return io_failure(path);
  const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
  if (!written || ::fsync(::fileno(file.get())) != 0) return io_failure(path);
  if (std::fclose(file.release()) != 0) return io_failure(path);
  return {};
}

}  // namespace streamline::cli
