// Effects: what the operations of one turn want done: records to append as one, and answers to release once those are durable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "groups/call.h"
#include "wire/error_code.h"
#include "wire/writer.h"

namespace streamline::groups {

/// Records for `__consumer_offsets`, keys and values in Kafka's schemas, back to back in one buffer.
class RecordList {
 public:
  struct View {
    ByteView key{};
    /// None: a tombstone.
    std::optional<ByteView> value{};
  };

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  /// Keys and values together.
  std::size_t bytes() const { return bytes_.size(); }
  /// Valid until the next change.
  View operator[](std::size_t i) const;

  /// A record of `key_bytes` and `value_bytes`; `fill` is given the two places. Without value_bytes it is a tombstone.
  MutableBytes add(std::size_t key_bytes, std::optional<std::size_t> value_bytes);
  /// Keeps the memory.
  void clear();

 private:
  struct Entry {
    std::size_t begin = 0;
    std::size_t key_bytes = 0;
    std::optional<std::size_t> value_bytes{};
  };
  std::vector<std::byte> bytes_;
  std::vector<Entry> entries_;
};

/// The body of one response, encoded in the version its caller asked with. Owns its bytes: it may wait for a sync.
struct Answer {
  Ticket ticket{};
  wire::ApiKey api{};
  std::int16_t version = 0;
  std::vector<std::byte> body{};
};

/// Given to every operation, which only adds. Belongs to the runtime, which takes what is in it at the end of a turn.
struct Effects {
  RecordList records{};
  std::vector<Answer> answers{};

  /// Encodes `response` for `call`.
  template <class Response>
  void answer(const Call& call, const Response& response) {
    Answer& added = answers.emplace_back(Answer{call.ticket, call.api, call.version, {}});
    added.body.resize(response.encoded_size(call.version));
    wire::Writer out(added.body);
    response.encode(out, call.version);
  }
  void clear();
};

/// What a coordinator tells its client when the log answered `append_error` to its records (rule 104).
wire::ErrorCode coordinator_error(wire::ErrorCode append_error);

/// `answer` was held back for records that were not written: the same answer with `error` in place of every success in it.
Answer failed_answer(const Answer& answer, wire::ErrorCode error);

}  // namespace streamline::groups
