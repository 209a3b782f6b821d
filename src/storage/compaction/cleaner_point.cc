// Bytes of the file `cleaner-point`.
#include "storage/compaction/cleaner_point.h"

#include <array>
#include <vector>

#include "base/crc32c.h"

namespace streamline::storage {
namespace {
constexpr std::uint32_t kMagic = 0x50435453;
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kCrcAt = 16;
constexpr std::size_t kBytes = kCrcAt + 4;
}  // namespace

Status save_cleaner_point(fs::FileSystem& file_system, const std::string& directory, Offset point) {
  std::array<std::byte, kBytes> bytes{};
  store_le(bytes.data(), kMagic);
  store_le(bytes.data() + 4, kVersion);
  store_le(bytes.data() + 8, point.value);
  store_le(bytes.data() + kCrcAt, crc32c(ByteView(bytes).first(kCrcAt)));
  return fs::replace_file(file_system, fs::join_path(directory, kCleanerPointName), bytes);
}

Result<Offset> load_cleaner_point(fs::FileSystem& file_system, const std::string& directory) {
  Result<std::vector<std::byte>> bytes = file_system.read_file(fs::join_path(directory, kCleanerPointName), kBytes + 1);
  if (!bytes && (bytes.error().code == Errc::not_found || bytes.error().code == Errc::too_large)) return Offset(0);
  if (!bytes) return fail_with(std::move(bytes));
  const bool whole = bytes->size() == kBytes && load_le<std::uint32_t>(bytes->data()) == kMagic &&
                     load_le<std::uint32_t>(bytes->data() + kCrcAt) == crc32c(ByteView(*bytes).first(kCrcAt));
  if (!whole) return Offset(0);
  if (load_le<std::uint16_t>(bytes->data() + 4) != kVersion) return fail(Errc::unsupported, "cleaner-point of another version");
  return Offset(load_le<std::int64_t>(bytes->data() + 8));
}

}  // namespace streamline::storage
