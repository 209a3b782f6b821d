// ProbedFileSystem: a memory file system that calls back before each call that changes something, so that a test can look at what a crash
// there would leave.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fs/memory_file_system.h"

namespace streamline::storage::test {

class ProbedFileSystem final : public fs::FileSystem {
 public:
  using Probe = std::function<void()>;
  /// Called before every change from now on; empty = not at all.
  void set_probe(Probe probe) { probe_ = std::move(probe); }
  fs::MemoryFileSystem& inner() { return inner_; }

  Result<std::unique_ptr<fs::File>> open(const std::string& path, fs::OpenFlags flags) override {
    if (flags.create) touch();
    Result<std::unique_ptr<fs::File>> file = inner_.open(path, flags);
    if (!file) return file;
    return std::make_unique<ProbedFile>(*this, std::move(*file));
  }
  bool exists(const std::string& path) override { return inner_.exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override { return inner_.list(directory); }
  Status make_directory(const std::string& path) override { return touch(), inner_.make_directory(path); }
  Status rename(const std::string& from, const std::string& to) override { return touch(), inner_.rename(from, to); }
  Status remove(const std::string& path) override { return touch(), inner_.remove(path); }
  Status sync_directory(const std::string& path) override { return touch(), inner_.sync_directory(path); }
  Result<std::unique_ptr<fs::Lock>> lock(const std::string& path) override { return inner_.lock(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return inner_.free_bytes(path); }

 private:
  class ProbedFile final : public fs::File {
   public:
    ProbedFile(ProbedFileSystem& owner, std::unique_ptr<fs::File> file) : owner_(owner), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override { return file_->read_at(position, into); }
    Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override {
      return owner_.touch(), file_->write_at(position, pieces);
    }
    Status sync() override { return owner_.touch(), file_->sync(); }
    Status truncate(std::uint64_t size) override { return owner_.touch(), file_->truncate(size); }
    Status allocate(std::uint64_t from, std::uint64_t length) override { return file_->allocate(from, length); }
    Result<std::uint64_t> size() const override { return file_->size(); }
    bool is_cached(std::uint64_t position, std::uint64_t length) const override { return file_->is_cached(position, length); }
    int descriptor() const override { return file_->descriptor(); }

   private:
    ProbedFileSystem& owner_;
    const std::unique_ptr<fs::File> file_;
  };

  void touch() {
    if (probe_) probe_();
  }

  fs::MemoryFileSystem inner_;
  Probe probe_;
};

struct ProbedPlace {
  ProbedFileSystem fs;
  std::string root = "data";
};

}  // namespace streamline::storage::test
