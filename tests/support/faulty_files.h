// FaultyFiles: a file system that passes every call on, and under a seed lets some of them fail (EIO, ENOSPC, EMFILE), writes only part
// of what it was given before it fails, and takes its time over a sync. What it lets through is whole.
// Thread rule: any thread; with several the seed decides how much goes wrong, not exactly when.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fs/file_system.h"

namespace streamline::test {

class FaultyFiles final : public fs::FileSystem {
 public:
  FaultyFiles(fs::FileSystem& real, std::uint64_t seed) : real_(real), random_(seed) {}

  /// From now on about so many of 1,000 calls go wrong; none to begin with.
  void set_faults_per_1000(std::uint32_t rate) { rate_ = rate; }
  /// Calls that failed so far.
  std::uint64_t faults() const { return faults_; }

  Result<std::unique_ptr<fs::File>> open(const std::string& path, fs::OpenFlags flags) override {
    if (Status ok = meet(path, {Errc::io, Errc::too_many_files, Errc::no_space}); !ok) return fail_with(std::move(ok));
    auto file = real_.open(path, flags);
    if (!file) return file;
    return std::make_unique<FaultyFile>(*this, *std::move(file), path);
  }
  bool exists(const std::string& path) override { return real_.exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    if (Status ok = meet(directory, {Errc::io, Errc::too_many_files}); !ok) return fail_with(std::move(ok));
    return real_.list(directory);
  }
  Status make_directory(const std::string& path) override {
    if (Status ok = meet(path, {Errc::io, Errc::no_space}); !ok) return ok;
    return real_.make_directory(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    if (Status ok = meet(from, {Errc::io, Errc::no_space}); !ok) return ok;
    return real_.rename(from, to);
  }
  Status remove(const std::string& path) override {
    if (Status ok = meet(path, {Errc::io}); !ok) return ok;
    return real_.remove(path);
  }
  Status sync_directory(const std::string& path) override {
    if (Status ok = meet(path, {Errc::io, Errc::too_many_files}); !ok) return ok;
    return real_.sync_directory(path);
  }
  Result<std::unique_ptr<fs::Lock>> lock(const std::string& path) override { return real_.lock(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override {
    if (Status ok = meet(path, {Errc::io}); !ok) return fail_with(std::move(ok));
    return real_.free_bytes(path);
  }

 private:
  class FaultyFile final : public fs::File {
   public:
    FaultyFile(FaultyFiles& owner, std::unique_ptr<fs::File> real, std::string path)
        : owner_(owner), real_(std::move(real)), path_(std::move(path)) {}
    Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override {
      if (Status ok = owner_.meet(path_, {Errc::io}); !ok) return fail_with(std::move(ok));
      return real_->read_at(position, into);
    }
    Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override {
      Status ok = owner_.meet(path_, {Errc::io, Errc::no_space});
      if (ok) return real_->write_at(position, pieces);
      std::uint64_t left = owner_.pick(4000);
      for (const ByteView piece : pieces) {
        const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
        if (Status written = real_->write_at(position, piece.first(part)); !written) return written;
        position += part;
        left -= part;
      }
      return ok;
    }
    Status sync() override {
      for (std::uint64_t turns = owner_.pick(20); turns > 0; --turns) std::this_thread::yield();
      if (Status ok = owner_.meet(path_, {Errc::io, Errc::no_space}); !ok) return ok;
      return real_->sync();
    }
    Status truncate(std::uint64_t size) override {
      if (Status ok = owner_.meet(path_, {Errc::io}); !ok) return ok;
      return real_->truncate(size);
    }
    Status allocate(std::uint64_t from, std::uint64_t length) override {
      if (Status ok = owner_.meet(path_, {Errc::no_space}); !ok) return ok;
      return real_->allocate(from, length);
    }
    Result<std::uint64_t> size() const override { return real_->size(); }
    bool is_cached(std::uint64_t position, std::uint64_t length) const override { return real_->is_cached(position, length); }
    int descriptor() const override { return real_->descriptor(); }

   private:
    FaultyFiles& owner_;
    const std::unique_ptr<fs::File> real_;
    const std::string path_;
  };

  std::uint64_t pick(std::uint64_t below) {
    const std::lock_guard guard(mutex_);
    return random_() % below;
  }
  /// What becomes of a call that may end with one of these errors.
  Status meet(const std::string& path, std::initializer_list<Errc> errors) {
    const std::uint32_t rate = rate_.load();
    if (rate == 0 || pick(1000) >= rate) return {};
    ++faults_;
    return fail(*(errors.begin() + pick(errors.size())), path + ": injected");
  }

  fs::FileSystem& real_;
  std::atomic<std::uint32_t> rate_ = 0;
  std::atomic<std::uint64_t> faults_ = 0;
  std::mutex mutex_;  // guards the generator
  std::mt19937_64 random_;
};

}  // namespace streamline::test
