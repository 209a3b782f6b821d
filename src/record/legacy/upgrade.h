// Upgrade: what a Produce of version 0 to 2 brings for one partition, message formats 0 and 1, as one batch of format 2.
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/batch.h"
#include "record/batch_builder.h"
#include "record/compression.h"
#include "record/legacy/message.h"

namespace streamline::record::legacy {

struct UpgradedSet {
  /// All messages in their order, offsets from 0 on, uncompressed; empty when the set holds no whole message.
  std::vector<std::byte> batch{};
  /// What the messages were compressed with.
  Codec codec = Codec::none;
};

/// Belongs to one thread and may be used again.
class Upgrade {
 public:
  struct Limits {
    /// max.message.bytes, over each message as it was sent.
    std::size_t max_message_bytes = 0;
    std::size_t max_plain_bytes = kDefaultMaxPlainBytes;
  };
  explicit Upgrade(const Limits& limits) : limits_(limits), decompressor_(limits.max_plain_bytes) {}

  /// A part of a message at the end is ignored, as Kafka does; messages of both formats may stand side by side. Timestamps are -1
  /// for format 0. Errors: corrupt (a message that does not parse or decompress), too_large, invalid_record (an unknown codec, a
  /// wrapper that is not alone or holds nothing, a part of a message, another format or another wrapper), invalid_timestamp (a client's
  /// LogAppendTime).
  Result<UpgradedSet> run(ByteView set);

 private:
  Status add_wrapped(const Message& wrapper);
  Result<ByteView> open(const Message& wrapper);
  void add(const Message& message);

  const Limits limits_;
  Decompressor decompressor_;
  BatchBuilder builder_;
  std::vector<std::byte> repaired_;
};

}  // namespace streamline::record::legacy
