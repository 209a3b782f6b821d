// Downgrade: batches of format 2 as a message set of format 0 or 1, for a Fetch of version 0 to 3 (kafka-rules 85).
// Offsets and timestamps stay; headers, producer ids and control batches have no place there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/batch.h"
#include "record/compression.h"
#include "record/legacy/message.h"
#include "record/record_iterator.h"

namespace streamline::record::legacy {

/// What becomes of a first message that is larger than the limit.
enum class FirstTooLarge : std::uint8_t {
  cut,    ///< a part of it is given, by which clients know that their limit is too low (Fetch 0 to 2, rule 75)
  whole,  ///< it is given (Fetch 3, the first partition with records)
  none,   ///< nothing is given (Fetch 3, the other partitions)
};

/// Belongs to one thread.
class Downgrade {
 public:
  struct Options {
    std::int8_t magic = kNewestMagic;
    /// Uncompressed records below are left out; a compressed batch stays whole, and its reader skips.
    Offset first_offset{0};
    std::size_t max_bytes = 0;
    FirstTooLarge first_too_large = FirstTooLarge::whole;
  };
  enum class Room : std::uint8_t { left, used_up };

  /// Codecs are kept between message sets, so they are the caller's.
  Downgrade(const Options& options, Decompressor& decompressor, Compressor& compressor)
      : options_(options), decompressor_(decompressor), compressor_(compressor) {}

  /// Adds one whole batch, as far as it fits. A compressed one becomes one wrapper under the same codec.
  /// Errors: unsupported_codec (zstd, when nothing stands before it; otherwise the set ends there), and RecordIterator's.
  Result<Room> add(ByteView batch);
  const std::vector<std::byte>& set() const { return set_; }
  std::vector<std::byte> take() { return std::move(set_); }

 private:
  Result<Room> add_plain(RecordIterator& records);
  Result<Room> add_wrapped(RecordIterator& records);
  Message message_of(const RecordView& record, const BatchHeader& header) const;
  Room put(const Message& message);

  const Options options_;
  Decompressor& decompressor_;
  Compressor& compressor_;
  std::vector<std::byte> set_;
  std::vector<std::byte> inner_;
  std::vector<std::byte> value_;
};

}  // namespace streamline::record::legacy
