// The handful of Kafka frames that the bench sends and reads, hand-encoded: what is measured must not share code with what measures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::bench {

inline constexpr std::int16_t kProduceKey = 0;
inline constexpr std::int16_t kFetchKey = 1;
inline constexpr std::int16_t kCommitKey = 8;
inline constexpr std::int16_t kProduceVersion = 11;  ///< flexible, topics by name
inline constexpr std::int16_t kFetchVersion = 12;    ///< flexible, topics by name

/// Big-endian numbers, strings and varints at the end of a growing buffer.
class Writer {
 public:
  template <std::integral T>
  Writer& put(T value) {
    bytes_.resize(bytes_.size() + sizeof(T));
    store_be(bytes_.data() + bytes_.size() - sizeof(T), value);
    return *this;
  }
  Writer& raw(ByteView bytes);
  Writer& uvarint(std::uint64_t value);
  Writer& string(std::string_view text);          ///< int16 length
  Writer& compact_string(std::string_view text);  ///< uvarint length + 1
  Writer& no_tags() { return put<std::int8_t>(0); }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads forward; once something is missing `ok()` stays false and every further read gives zero or nothing.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}
  template <std::integral T>
  T get() {
    const ByteView field = take(sizeof(T));
    return ok_ ? load_be<T>(field.data()) : T{};
  }
  ByteView take(std::size_t count);
  std::uint64_t uvarint();
  std::string_view string();
  std::string_view compact_string();
  void skip_tags();
  bool ok() const { return ok_; }
  ByteView remaining() const { return bytes_; }

 private:
  ByteView bytes_;
  bool ok_ = true;
};

/// A request without its first 12 bytes (size, key, version, correlation id): the part that is the same at each replay.
struct Request {
  std::int16_t key = 0;
  std::int16_t version = 0;
  std::vector<std::byte> rest;
};
inline constexpr std::size_t kRequestHead = 12;
/// Writes the 12 bytes that differ from replay to replay.
void put_request_head(std::byte* at, const Request& request, std::int32_t correlation_id);

struct ProduceSpec {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int16_t acks = -1;
};
Request encode_produce(const ProduceSpec& spec, ByteView batch);

struct FetchSpec {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t max_bytes = 1 << 20;  ///< of the partition and of the response
  std::int32_t max_wait_ms = 500;
};
/// Outside of a fetch session.
Request encode_fetch(const FetchSpec& spec);

inline constexpr std::int16_t kCommitVersion = 7;  ///< the last one before the flexible ones

struct CommitSpec {
  std::string_view group;
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};
/// OffsetCommit by nobody in particular, to a group without members.
Request encode_commit(const CommitSpec& spec);

/// What a response says about its first partition.
struct PartitionAnswer {
  std::int16_t error = 0;
  std::int64_t base_offset = 0;   ///< Produce only
  std::size_t records_bytes = 0;  ///< Fetch only
  std::size_t records_at = 0;     ///< Fetch only: position in the frame after its size field
};
/// `body` starts at the correlation id and holds at least kAnswerHead bytes or all there are.
Result<PartitionAnswer> read_produce_answer(ByteView body);
Result<PartitionAnswer> read_fetch_answer(ByteView body);
Result<PartitionAnswer> read_commit_answer(ByteView body);
inline constexpr std::size_t kAnswerHead = 160;  ///< enough for all with topic names up to kMaxTopicName
inline constexpr std::size_t kMaxTopicName = 60;

}  // namespace streamline::bench
