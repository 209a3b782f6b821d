// Reader: Kafka's primitive types out of a frame, as views. The first failure sticks: later reads return zero values, so that
// generated code runs straight down and asks ok() once. No length is believed before the bytes behind it are known to be there.
#pragma once

#include <bit>
#include <vector>

#include "base/varint.h"
#include "wire/types.h"

namespace streamline::wire {

/// A length or count field that was read: where it lies and how many bytes it takes. Only the forging tests ask for these.
struct LengthField {
  std::size_t position = 0;
  std::size_t width = 0;
};

/// What one array item takes at least on the wire, and exactly in memory.
struct ItemSize {
  std::size_t wire = 1;
  std::size_t memory = 1;
};

class Reader {
 public:
  /// Memory that the arrays of one message may take in the arena. A frame that asks for more is malformed: with small items,
  /// 100 MiB of frame would otherwise become gigabytes (rule 11).
  static constexpr std::size_t kMaxArrayBytes = 32 * 1024 * 1024;

  explicit Reader(ByteView bytes) : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  bool ok() const { return failure_ == nullptr; }
  /// Errc::malformed with the first failure and its position, or success.
  Status status() const;
  /// Why the first failure happened; null while ok().
  const char* failure() const { return failure_; }
  /// Marks the input as malformed; `reason` is a literal. Only the first call counts.
  void reject(const char* reason);

  std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }

  std::int8_t int8() { return number<std::int8_t>(); }
  std::int16_t int16() { return number<std::int16_t>(); }
  std::int32_t int32() { return number<std::int32_t>(); }
  std::int64_t int64() { return number<std::int64_t>(); }
  std::uint16_t uint16() { return number<std::uint16_t>(); }
  std::uint32_t uint32() { return number<std::uint32_t>(); }
  double float64() { return std::bit_cast<double>(number<std::int64_t>()); }
  /// Any byte but 0 is true, as in Kafka.
  bool boolean() { return number<std::int8_t>() != 0; }
  Uuid uuid();

  /// At most 5 bytes; bits beyond the 32nd are malformed.
  std::uint32_t unsigned_varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]]
      return static_cast<std::uint32_t>(*at_++);
    return take(read_uvarint32(rest()), kMaxVarint32Bytes);
  }
  std::uint64_t unsigned_varlong() { return take(read_uvarint64(rest()), kMaxVarint64Bytes); }
  /// Zigzag, as in the fields of a record.
  std::int32_t varint() { return unzigzag(unsigned_varint()); }
  std::int64_t varlong() { return unzigzag(unsigned_varlong()); }

  std::string_view string(Encoding encoding);
  std::optional<std::string_view> nullable_string(Encoding encoding);
  ByteView bytes(Encoding encoding);
  std::optional<ByteView> nullable_bytes(Encoding encoding);
  Records records(Encoding encoding);
  Records nullable_records(Encoding encoding);
  /// The next `size` bytes.
  ByteView raw(std::size_t size);

  /// Items in the array that follows, or nothing for null. Never more than the remaining bytes can hold, and never more than
  /// kMaxArrayBytes over the whole message.
  std::optional<std::uint32_t> array_count(Encoding encoding, ItemSize item);
  /// False for a null struct.
  bool nullable_struct_follows();

  /// From now on notes every length and count field in `seen`.
  void observe_lengths(std::vector<LengthField>* seen) { observer_ = seen; }

 private:
  friend class TagReader;

  template <class T>
  T number() {
    if (remaining() < sizeof(T)) [[unlikely]] {
      reject("a number is cut off");
      return T{};
    }
    const T value = load_be<T>(at_);
    at_ += sizeof(T);
    return value;
  }
  ByteView rest() const { return {at_, end_}; }
  /// The number, or 0 and a failure; `most` is what its kind may take.
  template <class T>
  T take(Varint<T> read, std::size_t most) {
    if (!read) [[unlikely]]
      reject_varint(most);
    at_ += read.size;
    return read.value;
  }
  void reject_varint(std::size_t most);
  std::optional<std::uint32_t> string_length(Encoding encoding);
  std::optional<std::uint32_t> bytes_length(Encoding encoding);
  void observe(std::size_t from) {
    if (observer_ != nullptr) [[unlikely]]
      observer_->push_back({from, position() - from});
  }
  bool reserve_memory(std::uint32_t count, ItemSize item);

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  const char* failure_ = nullptr;
  std::size_t failure_at_ = 0;
  std::size_t array_bytes_ = 0;
  std::vector<LengthField>* observer_ = nullptr;
};

}  // namespace streamline::wire
