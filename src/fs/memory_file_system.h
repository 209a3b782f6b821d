// MemoryFileSystem: files in memory. Without tracking it carries the broker's --in-memory mode; with it, it remembers what was
// synced and can be cloned "as if the power failed", and it fails calls on demand.
// Invariants with tracking: what a file's sync() or a directory's sync returned for is in every crash clone; everything else is
// in it or not, by the clone's seed: each 512-byte sector of an unsynced write by itself, each size change, each directory entry.
// Thread rule: any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fs/file_system.h"

namespace streamline::fs {

enum class DurabilityTracking : std::uint8_t { off, on };

/// Calls that can be made to fail.
enum class Operation : std::uint8_t { open, read, write, sync, truncate, allocate, rename, remove, make_directory, sync_directory };

struct Fault {
  Operation operation = Operation::write;
  /// Only paths that contain this.
  std::string path_part = {};
  Errc code = Errc::io;
  /// This many calls fail ...
  int count = 1;
  /// ... after this many have gone through.
  int skip = 0;
  /// A failing write leaves this many bytes of its front behind.
  std::uint64_t bytes_written = 0;
};

struct MemoryNode;   // a file's or directory's content
struct MemoryState;  // the tree, its lock and the faults

class MemoryFileSystem final : public FileSystem {
 public:
  explicit MemoryFileSystem(DurabilityTracking tracking = DurabilityTracking::on);
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenFlags flags) override;
  bool exists(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<Lock>> lock(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

  /// The files after a power loss now. Needs tracking. The same seed and history give the same clone.
  std::unique_ptr<MemoryFileSystem> crash_clone(std::uint64_t seed) const;
  /// The files after a kill -9 now: everything written is there, locks are gone.
  std::unique_ptr<MemoryFileSystem> kill_clone() const;

  void fail_next(Fault fault);
  void clear_faults();
  /// Bytes that may still be written before calls fail with no_space.
  void set_free_bytes(std::uint64_t bytes);

 private:
  std::shared_ptr<MemoryState> state_;  // shared with the open files, which may outlive the file system
};

}  // namespace streamline::fs
