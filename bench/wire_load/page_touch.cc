// The write of page_touch.h.
#include "wire_load/page_touch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "common/sockets.h"

namespace streamline::bench {

Status touch_pages(const std::string& dir, std::int64_t bytes) {
  if (bytes == 0) return {};
  const Fd file(::open(dir.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.valid()) return fail_errno(errno, "open a temporary file in " + dir);
  const std::vector<std::byte> block(1 << 20);
  for (std::int64_t written = 0; written < bytes;) {
    const ssize_t count = ::write(file.get(), block.data(), block.size());
    if (count < 0) return fail_errno(errno, "write");
    written += count;
  }
  return {};
}

}  // namespace streamline::bench
