// WatchedFiles: a file system that passes every call on, counts writes and syncs of segments, and holds syncs back on demand.
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "fs/file_system.h"

namespace streamline::test {

class WatchedFiles final : public fs::FileSystem {
 public:
  explicit WatchedFiles(fs::FileSystem& real) : real_(real) {}

  std::uint64_t segment_writes() const { return writes_; }
  std::uint64_t segment_syncs() const { return syncs_; }
  /// Segments answer that reading them would wait for the disk.
  void make_cold() { cold_ = true; }
  /// From now on reads of segments wait.
  void hold_reads() {
    const std::lock_guard lock(mutex_);
    holding_reads_ = true;
  }
  void await_held_reads(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_reads_ >= count; });
  }
  void release_reads() {
    const std::lock_guard lock(mutex_);
    holding_reads_ = false;
    changed_.notify_all();
  }
  /// From now on the syncs of segments wait.
  void hold_syncs() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  /// Returns when `count` of them wait.
  void await_held(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_ >= count; });
  }
  void release_syncs() {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    changed_.notify_all();
  }

  Result<std::unique_ptr<fs::File>> open(const std::string& path, fs::OpenFlags flags) override {
    auto file = real_.open(path, flags);
    if (!file || !path.ends_with(".segment")) return file;
    return std::make_unique<WatchedFile>(*this, *std::move(file));
  }
  bool exists(const std::string& path) override { return real_.exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override { return real_.list(directory); }
  Status make_directory(const std::string& path) override { return real_.make_directory(path); }
  Status rename(const std::string& from, const std::string& to) override { return real_.rename(from, to); }
  Status remove(const std::string& path) override { return real_.remove(path); }
  Status sync_directory(const std::string& path) override { return real_.sync_directory(path); }
  Result<std::unique_ptr<fs::Lock>> lock(const std::string& path) override { return real_.lock(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return real_.free_bytes(path); }

 private:
  class WatchedFile final : public fs::File {
   public:
    WatchedFile(WatchedFiles& owner, std::unique_ptr<fs::File> real) : owner_(owner), real_(std::move(real)) {}
    Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override {
      owner_.wait_while_reads_are_held();
      return real_->read_at(position, into);
    }
    Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override {
      ++owner_.writes_;
      return real_->write_at(position, pieces);
    }
    Status sync() override {
      ++owner_.syncs_;
      owner_.wait_while_held();
      return real_->sync();
    }
    Status truncate(std::uint64_t size) override { return real_->truncate(size); }
    Status allocate(std::uint64_t from, std::uint64_t length) override { return real_->allocate(from, length); }
    Result<std::uint64_t> size() const override { return real_->size(); }
    bool is_cached(std::uint64_t position, std::uint64_t length) const override {
      return !owner_.cold_ && real_->is_cached(position, length);
    }
    int descriptor() const override { return real_->descriptor(); }

   private:
    WatchedFiles& owner_;
    const std::unique_ptr<fs::File> real_;
  };
  void wait_while_held() {
    std::unique_lock lock(mutex_);
    if (!holding_) return;
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !holding_; });
    --held_;
  }

  void wait_while_reads_are_held() {
    if (!cold_) return;
    std::unique_lock lock(mutex_);
    if (!holding_reads_) return;
    ++held_reads_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !holding_reads_; });
    --held_reads_;
  }

  fs::FileSystem& real_;
  std::atomic<std::uint64_t> writes_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
  std::atomic<bool> cold_ = false;
  std::mutex mutex_;  // guards the fields below
  std::condition_variable changed_;
  bool holding_ = false;
  int held_ = 0;
  bool holding_reads_ = false;
  int held_reads_ = 0;
};

}  // namespace streamline::test
