// Outgoing: one response on its way: bytes in memory with runs of files spliced in. Pooled per reactor, so filling one
// allocates nothing once its memory has grown. The frame's length prefix is net's business and not seen here.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::fs {
class File;
}

namespace streamline::net {

/// Bytes of a file that go out as they are. Shared, because a segment may be deleted while it is being sent.
struct FileRun {
  std::shared_ptr<const fs::File> file;
  std::uint64_t position = 0;
  std::uint32_t length = 0;
};

/// Bytes that grow without being zeroed first.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept = default;
  ByteBuffer& operator=(ByteBuffer&& other) noexcept = default;
  /// `count` more bytes at the end, uninitialised; earlier spans become invalid.
  MutableBytes extend(std::size_t count);
  void shrink_to(std::size_t size) { size_ = size; }
  std::byte* data() { return memory_.get(); }
  const std::byte* data() const { return memory_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class Outgoing {
 public:
  /// From this length on a run leaves by sendfile; shorter ones, and files without a descriptor, are read at once.
  static constexpr std::size_t kSendfileBytes = 8 * 1024;
  static constexpr std::size_t kPrefixBytes = 4;

  Outgoing() { clear(); }

  /// `count` more bytes at the end, uninitialised, to be written before complete(). The span is valid until the next
  /// extend, append or splice.
  MutableBytes extend(std::size_t count) { return bytes_.extend(count); }
  void append(ByteView bytes);
  /// What has been written so far, without spliced runs; for patching earlier bytes.
  MutableBytes bytes() { return {bytes_.data() + kPrefixBytes, bytes_.size() - kPrefixBytes}; }
  /// The run's bytes follow what has been written so far. Fails (and adds nothing) when they cannot be read now;
  /// a long run is only read when it is sent, and a failure then closes the connection.
  Status splice(FileRun run) { return splice_at(bytes().size(), std::move(run)); }
  /// The run's bytes come after the first `at` of bytes(); `at` must not be below an earlier splice's.
  Status splice_at(std::size_t at, FileRun run);
  /// Length of the frame without its prefix.
  std::size_t size() const { return bytes_.size() - kPrefixBytes + spliced_bytes_; }
  /// Empties it, keeping memory.
  void clear();

  // For net.
  struct Splice {
    std::size_t at = 0;  // in memory()
    FileRun run;         // without a file: `length` bytes at `position` of side()
  };
  /// A stretch of the frame: `bytes`, or the rest of a file's run.
  struct Piece {
    ByteView bytes;
    const FileRun* run = nullptr;
    std::size_t run_skip = 0;
    std::size_t length() const { return run != nullptr ? run->length - run_skip : bytes.size(); }
  };
  /// A place in the frame, prefix included.
  struct Cursor {
    std::size_t memory = 0;
    std::size_t splice = 0;
    std::size_t in_splice = 0;
  };
  /// The piece that begins at `cursor`; of length 0 at the end.
  Piece piece_at(const Cursor& cursor) const;
  /// Moves within the piece at `cursor`, at most to its end.
  void advance(Cursor& cursor, std::size_t count) const;
  /// Memory that it holds for content now, and altogether.
  std::size_t memory_bytes() const { return bytes_.size() + side_.size(); }
  std::size_t capacity() const { return bytes_.capacity() + side_.capacity(); }
  /// Writes the length in front; nothing may be added afterwards.
  void seal();

 private:
  ByteBuffer bytes_;
  ByteBuffer side_;  // short runs that were spliced into the middle
  std::vector<Splice> splices_;
  std::size_t spliced_bytes_ = 0;
};

}  // namespace streamline::net
