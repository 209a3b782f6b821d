// OpenFiles: bounds how many segment files are open at once: those not used for longest are closed, and opened again by their next use.
// It is also the file system of everything below a LogStore: a call that finds no descriptor closes some of them and tries once more.
// Thread rule: any thread. Lock order: OpenFiles::mutex_, then a slot's (tried, never waited for).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/intrusive_list.h"
#include "fs/file_system.h"

namespace streamline::storage {

class OpenFiles;

/// Where a segment keeps its file while it is open. Whoever got the file may use it for as long as he likes: it is closed when the
/// last one lets go of it.
class FileSlot : public ListHook {
 public:
  FileSlot() = default;
  ~FileSlot();

  /// nullptr when it is not open.
  std::shared_ptr<fs::File> get() const;
  /// Takes a file that was just opened; when another thread was first, its file is kept. Returns the one that is kept.
  std::shared_ptr<fs::File> put(std::unique_ptr<fs::File> file);
  /// From now on it is counted, and may be closed by `owner`. Does nothing the second time.
  void attach(const std::shared_ptr<OpenFiles>& owner);
  /// Written to since its last sync. Such a file is closed last: a write-back that fails while nobody has the file open is told to the
  /// next one who opens it, unless the kernel has forgotten the file meanwhile.
  void set_dirty(bool dirty) { dirty_.store(dirty, std::memory_order_relaxed); }

 private:
  friend class OpenFiles;
  enum class Reach : std::uint8_t { idle, any };
  /// The file, given up; nullptr when it is in use, or must not be taken yet.
  std::shared_ptr<fs::File> give_up(Reach reach);

  mutable std::mutex mutex_;
  std::shared_ptr<fs::File> file_;    // shared with the runs that readers hold
  std::shared_ptr<OpenFiles> owner_;  // shared, because a segment that a reader holds may outlive its store
  mutable std::atomic<bool> used_ = false;
  std::atomic<bool> dirty_ = false;
};

class OpenFiles final : public fs::FileSystem {
 public:
  /// `real` outlives it.
  OpenFiles(fs::FileSystem& real, std::size_t most) : real_(real), most_(most) {}

  std::size_t most() const { return most_; }
  /// May pass most() while more than that are in use at one moment.
  std::size_t open_count() const;

  Result<std::unique_ptr<fs::File>> open(const std::string& path, fs::OpenFlags flags) override;
  bool exists(const std::string& path) override { return real_.exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override { return real_.make_directory(path); }
  Status rename(const std::string& from, const std::string& to) override { return real_.rename(from, to); }
  Status remove(const std::string& path) override { return real_.remove(path); }
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<fs::Lock>> lock(const std::string& path) override { return real_.lock(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return real_.free_bytes(path); }

 private:
  friend class FileSlot;
  void opened(FileSlot& slot);
  void forget(FileSlot& slot);
  std::vector<std::shared_ptr<fs::File>> choose(std::size_t count);
  /// After a call that found no descriptor; false when nothing could be closed.
  bool make_room();

  fs::FileSystem& real_;
  const std::size_t most_;
  mutable std::mutex mutex_;       // the next two
  IntrusiveList<FileSlot> slots_;  // open ones; those looked at longest ago first
  std::size_t open_ = 0;
};

}  // namespace streamline::storage
