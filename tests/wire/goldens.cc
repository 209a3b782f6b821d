// Unpacks the goldens. An entry: int16 length and name, int16 version, int8 case, int32 length and bytes; all big-endian.
#include "wire/goldens.h"

#include <zlib.h>

#include <array>

#include "wire/reader.h"

namespace streamline::wire {

namespace {

std::vector<std::byte> unpack(const char* path) {
  std::vector<std::byte> all;
  gzFile file = gzopen(path, "rb");
  if (file == nullptr) return all;
  std::array<std::byte, 65536> part;
  int got = 0;
  while ((got = gzread(file, part.data(), part.size())) > 0) all.insert(all.end(), part.data(), part.data() + got);
  const bool whole = got == 0 && gzclose(file) == Z_OK;
  return whole ? all : std::vector<std::byte>{};
}

std::vector<Golden> load() {
  const std::vector<std::byte> all = unpack(STREAMLINE_GOLDENS);
  std::vector<Golden> found;
  Reader in(all);
  while (in.ok() && in.remaining() > 0) {
    Golden golden;
    golden.name = in.string(Encoding::classic);
    golden.version = in.int16();
    golden.number = in.int8();
    const ByteView bytes = in.bytes(Encoding::classic);
    golden.bytes.assign(bytes.begin(), bytes.end());
    found.push_back(std::move(golden));
  }
  return in.ok() ? found : std::vector<Golden>{};
}

}  // namespace

const std::vector<Golden>& goldens() {
  static const std::vector<Golden> all = load();
  return all;
}

}  // namespace streamline::wire
