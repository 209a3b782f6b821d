// Names below the data directory.
#include "storage/layout.h"

#include <fmt/format.h>

#include <charconv>

namespace streamline::storage {
namespace {
constexpr std::size_t kOffsetDigits = 20;
}

std::string Layout::topic(std::string_view name) const { return fmt::format("{}/topics/{}", root_, name); }

std::string Layout::partition(std::string_view topic_name, std::int32_t partition) const {
  return fmt::format("{}/topics/{}/partition-{}", root_, topic_name, partition);
}

std::string Layout::deleted_topic(const TopicId& id) const { return fmt::format("{}/{}", deleted(), id.to_string()); }

std::string offset_file_name(Offset offset, std::string_view ending) { return fmt::format("{:020}{}", offset.value, ending); }

std::optional<Offset> parse_offset_file_name(std::string_view name, std::string_view ending) {
  if (name.size() != kOffsetDigits + ending.size() || !name.ends_with(ending)) return std::nullopt;
  std::int64_t value = 0;
  const char* last = name.data() + kOffsetDigits;
  const auto [stopped, error] = std::from_chars(name.data(), last, value);
  if (error != std::errc{} || stopped != last || value < 0) return std::nullopt;
  return Offset(value);
}

}  // namespace streamline::storage
