// See prewritten.h.
#include "common/prewritten.h"

#include <unistd.h>

#include <cerrno>
#include <vector>

namespace streamline::bench {

Status prewrite(const Fd& file) {
  const std::vector<std::byte> zeros(1 << 20);
  for (off_t at = 0; at < kPrewrittenBytes; at += static_cast<off_t>(zeros.size())) {
    if (::pwrite(file.get(), zeros.data(), zeros.size(), at) != static_cast<ssize_t>(zeros.size())) return fail_errno(errno, "pwrite");
  }
  if (::fsync(file.get()) != 0) return fail_errno(errno, "fsync");
  return {};
}

}  // namespace streamline::bench
