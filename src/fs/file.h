// File: one open file, read and written at positions. No position is kept, so any number of threads may read at once.
// Thread rule: all calls from any thread; writes, truncates and allocations of one file are ordered by their caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::fs {

class File {
 public:
  virtual ~File() = default;

  /// Bytes read; fewer than asked only where the file ends. Errors: io.
  virtual Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const = 0;
  /// Writes the pieces one after the other, as one system call when the kernel takes it whole; short writes are completed.
  /// After an error any prefix may have been written. A crash keeps any part of it until sync(). Errors: io, no_space, permission.
  virtual Status write_at(std::uint64_t position, std::span<const ByteView> pieces) = 0;
  Status write_at(std::uint64_t position, ByteView bytes) { return write_at(position, std::span<const ByteView>(&bytes, 1)); }
  /// Content and size survive power loss once this returned (fdatasync). After an error nothing is known about earlier writes.
  virtual Status sync() = 0;
  /// Sets the size; bytes gained read as zero.
  virtual Status truncate(std::uint64_t size) = 0;
  /// Reserves blocks for [from, from + length) without changing the size; does nothing where the file system cannot. Errors: no_space, io.
  virtual Status allocate(std::uint64_t from, std::uint64_t length) = 0;
  virtual Result<std::uint64_t> size() const = 0;
  /// Whether reading the range would probably not wait for a disk: a few places in it are probed. True when that cannot be told.
  virtual bool is_cached(std::uint64_t position, std::uint64_t length) const = 0;
  /// For sendfile; -1 when the file has none (it lies in memory).
  virtual int descriptor() const = 0;
};

}  // namespace streamline::fs
