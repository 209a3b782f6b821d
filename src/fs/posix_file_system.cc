// Names, directories and locks of the machine.
#include "fs/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "fs/posix_file.h"

namespace streamline::fs {
namespace {

class PosixLock final : public Lock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;  // closing it gives the lock back
};

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  std::string_view pid(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

}  // namespace

std::size_t descriptor_limit() {
  rlimit limit{};
  // Without an answer the least that every system grants.
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return static_cast<std::size_t>(limit.rlim_cur);
}

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenFlags flags) {
  int mode = O_CLOEXEC | (flags.read_only ? O_RDONLY : O_RDWR);
  if (flags.create) mode |= O_CREAT;
  if (flags.exclusive) mode |= O_EXCL;
  Descriptor descriptor(::open(path.c_str(), mode, 0644));
  if (descriptor.number() < 0) return fail_errno(errno, fmt::format("open {}", path));
  return make_posix_file(std::move(descriptor), path);
}

bool PosixFileSystem::exists(const std::string& path) {
  struct stat unused;
  return ::stat(path.c_str(), &unused) == 0;
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
  if (stream == nullptr) return fail_errno(errno, fmt::format("list {}", directory));
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return fail_errno(errno, fmt::format("list {}", directory));
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixFileSystem::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) return {};
  if (errno == EEXIST) return {};
  return fail_errno(errno, fmt::format("make directory {}", path));
}

Status PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return fail_errno(errno, fmt::format("rename {} to {}", from, to));
}

Status PosixFileSystem::remove(const std::string& path) {
  if (::remove(path.c_str()) == 0) return {};
  return fail_errno(errno, fmt::format("remove {}", path));
}

Status PosixFileSystem::sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) return fail_errno(errno, fmt::format("open directory {}", path));
  while (::fsync(directory.number()) != 0) {
    if (errno != EINTR) return fail_errno(errno, fmt::format("sync directory {}", path));
  }
  return {};
}

Result<std::unique_ptr<Lock>> PosixFileSystem::lock(const std::string& path) {
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (descriptor.number() < 0) return fail_errno(errno, fmt::format("open {}", path));
  if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, fmt::format("lock {}", path));
    return fail(Errc::locked, fmt::format("{} is locked by {}", path, holder_of(descriptor.number())));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor.number(), 0) != 0 || ::pwrite(descriptor.number(), pid.data(), pid.size(), 0) < 0) {
    return fail_errno(errno, fmt::format("write {}", path));
  }
  return std::make_unique<PosixLock>(std::move(descriptor));
}

Result<std::uint64_t> PosixFileSystem::free_bytes(const std::string& path) {
  struct statvfs room;
  if (::statvfs(path.c_str(), &room) != 0) return fail_errno(errno, fmt::format("statvfs {}", path));
  return static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
}

}  // namespace streamline::fs
