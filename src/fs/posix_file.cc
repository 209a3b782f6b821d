// Positioned reads and gathered writes on a descriptor, interrupted and short calls completed.
#include "fs/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace streamline::fs {
namespace {

// Pieces per system call; IOV_MAX is 1024, and more than this in one turn is rare.
constexpr std::size_t kPiecesPerCall = 256;
constexpr std::uint64_t kProbeStep = std::uint64_t{128} * 1024;
constexpr int kMostProbes = 8;

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override;
  Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override;
  Status sync() override;
  Status truncate(std::uint64_t size) override;
  Status allocate(std::uint64_t from, std::uint64_t length) override;
  Result<std::uint64_t> size() const override;
  bool is_cached(std::uint64_t position, std::uint64_t length) const override;
  int descriptor() const override { return descriptor_.number(); }

 private:
  bool is_cached_at(std::uint64_t position) const;
  Status write_batch(std::uint64_t position, std::span<iovec> pieces);
  std::unexpected<Error> failed(const char* doing) const { return fail_errno(errno, fmt::format("{} {}", doing, path_)); }

  const Descriptor descriptor_;
  const std::string path_;
};

Result<std::size_t> PosixFile::read_at(std::uint64_t position, MutableBytes into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(descriptor_.number(), into.data() + done, into.size() - done, static_cast<off_t>(position + done));
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      return failed("read");
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Status PosixFile::write_at(std::uint64_t position, std::span<const ByteView> pieces) {
  std::array<iovec, kPiecesPerCall> vectors;
  while (!pieces.empty()) {
    const std::size_t count = std::min(pieces.size(), vectors.size());
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};  // pwritev only reads them
      bytes += pieces[i].size();
    }
    if (Status written = write_batch(position, std::span(vectors).first(count)); !written) return written;
    position += bytes;
    pieces = pieces.subspan(count);
  }
  return {};
}

Status PosixFile::write_batch(std::uint64_t position, std::span<iovec> pieces) {
  while (!pieces.empty()) {
    if (pieces.front().iov_len == 0) {
      pieces = pieces.subspan(1);
      continue;
    }
    const ssize_t wrote = ::pwritev(descriptor_.number(), pieces.data(), static_cast<int>(pieces.size()), static_cast<off_t>(position));
    if (wrote < 0) {
      if (errno == EINTR) continue;
      return failed("write");
    }
    position += static_cast<std::uint64_t>(wrote);
    for (std::size_t left = static_cast<std::size_t>(wrote); left > 0;) {
      const std::size_t taken = std::min(left, pieces.front().iov_len);
      pieces.front().iov_base = static_cast<std::byte*>(pieces.front().iov_base) + taken;
      pieces.front().iov_len -= taken;
      left -= taken;
      if (pieces.front().iov_len == 0) pieces = pieces.subspan(1);
    }
  }
  return {};
}

Status PosixFile::sync() {
  while (::fdatasync(descriptor_.number()) != 0) {
    if (errno != EINTR) return failed("sync");
  }
  return {};
}

Status PosixFile::truncate(std::uint64_t size) {
  while (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return failed("truncate");
  }
  return {};
}

Status PosixFile::allocate(std::uint64_t from, std::uint64_t length) {
  while (::fallocate(descriptor_.number(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from), static_cast<off_t>(length)) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    if (errno != EINTR) return failed("allocate");
  }
  return {};
}

/// The first and the last byte, and steps as large as the kernel's read-ahead between them.
bool PosixFile::is_cached(std::uint64_t position, std::uint64_t length) const {
  if (length == 0) return true;
  const std::uint64_t last = position + length - 1;
  for (int probes = 0; position < last && probes < kMostProbes; position += kProbeStep, ++probes) {
    if (!is_cached_at(position)) return false;
  }
  return is_cached_at(last);
}

bool PosixFile::is_cached_at(std::uint64_t position) const {
  std::byte byte{};
  const iovec piece{&byte, 1};
  return ::preadv2(descriptor_.number(), &piece, 1, static_cast<off_t>(position), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat about;
  if (::fstat(descriptor_.number(), &about) != 0) return failed("stat");
  return static_cast<std::uint64_t>(about.st_size);
}

}  // namespace

std::unique_ptr<File> make_posix_file(Descriptor descriptor, std::string path) {
  return std::make_unique<PosixFile>(std::move(descriptor), std::move(path));
}

}  // namespace streamline::fs
