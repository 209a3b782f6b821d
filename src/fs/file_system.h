// FileSystem: the dozen calls that everything on disk goes through. Fakes pass the same suite (tests/unit/fs).
// Thread rule: any thread. Paths are '/'-separated. What a crash keeps is said per call; "durable" means over power loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "fs/file.h"

namespace streamline::fs {

struct OpenFlags {
  /// Make the file when it is not there. Its name is durable after sync_directory of the parent.
  bool create = false;
  /// With create: fail with already_exists when it is there.
  bool exclusive = false;
  bool read_only = false;
};

/// Held until destroyed.
class Lock {
 public:
  virtual ~Lock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Errors: not_found, already_exists, permission, too_many_files, no_space, io.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenFlags flags) = 0;
  virtual bool exists(const std::string& path) = 0;
  /// Names (not paths) of files and directories in a directory, sorted. Errors: not_found.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// One level: not_found when the parent is missing; success when the directory is there.
  virtual Status make_directory(const std::string& path) = 0;
  /// All levels. Durable: each level's parent is synced when something was made.
  Status make_directories(const std::string& path);
  /// Atomic; replaces `to` when it is a file. Durable after sync_directory of both parents.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// A file, or an empty directory. Errors: not_found.
  virtual Status remove(const std::string& path) = 0;
  /// A tree; success when there is none.
  Status remove_all(const std::string& path);
  virtual Status sync_directory(const std::string& path) = 0;
  /// Makes the file when needed, locks it and writes our pid inside. Errors: locked, naming the pid that holds it.
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& path) = 0;
  /// Bytes that we may still write where `path` lies.
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
  /// A whole file of at most `max_bytes`. Errors: not_found, too_large, io.
  Result<std::vector<std::byte>> read_file(const std::string& path, std::size_t max_bytes = 1U << 30U);
};

/// Puts `bytes` in place of the file at `path`: writes beside it, syncs, renames, syncs the directory.
/// A crash leaves the old content or the new, whole; durable when it returns. A leftover "<path>.new" may stay after a crash.
Status replace_file(FileSystem& file_system, const std::string& path, ByteView bytes);

/// "a/b" + "c" = "a/b/c".
std::string join_path(std::string_view directory, std::string_view name);
/// Directory part of a path; "." when it has none.
std::string parent_path(std::string_view path);

}  // namespace streamline::fs
