// RecordList: the records that the operations of one turn want appended, keys and values in Kafka's schemas, back to back in one buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"

namespace streamline::coordinator {

/// In whose transaction records are written; without an id in none.
struct TransactionalWriter {
  ProducerId id = kNoProducerId;
  std::int16_t epoch = -1;
  friend bool operator==(const TransactionalWriter&, const TransactionalWriter&) = default;
};

class RecordList {
 public:
  struct View {
    ByteView key{};
    /// None: a tombstone.
    std::optional<ByteView> value{};
    /// Records of a transaction are to be appended as batches of that transaction, which hold nothing else.
    TransactionalWriter writer{};
  };

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  /// Keys and values together.
  std::size_t bytes() const { return bytes_.size(); }
  /// Valid until the next change.
  View operator[](std::size_t i) const;

  /// A record of `key_bytes` and `value_bytes`: the place of both, to be filled. Without value_bytes it is a tombstone.
  MutableBytes add(std::size_t key_bytes, std::optional<std::size_t> value_bytes, const TransactionalWriter& writer = {});
  /// Keeps the memory.
  void clear();

 private:
  struct Entry {
    std::size_t begin = 0;
    std::size_t key_bytes = 0;
    std::optional<std::size_t> value_bytes{};
    TransactionalWriter writer{};
  };
  std::vector<std::byte> bytes_;
  std::vector<Entry> entries_;
};

}  // namespace streamline::coordinator
