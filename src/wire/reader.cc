// The parts of Reader that are too long to be inline.
#include "wire/reader.h"

#include <string>

namespace streamline::wire {

namespace {
constexpr const char* kNull = "null in a field that must not be null";
constexpr const char* kNegative = "negative length";
constexpr std::int64_t kMaxString = INT16_MAX;
}  // namespace

void Reader::reject(const char* reason) {
  if (failure_ == nullptr) {
    failure_ = reason;
    failure_at_ = position();
  }
  at_ = end_;
}

Status Reader::status() const {
  if (ok()) return {};
  return fail(Errc::malformed, std::string(failure_) + " at byte " + std::to_string(failure_at_));
}

void Reader::reject_varint(std::size_t most) {
  const std::size_t looked_at = std::min(remaining(), most);
  at_ += looked_at;
  reject(looked_at < most ? "a varint is cut off" : "a varint is too long");
}

Uuid Reader::uuid() {
  Uuid id;
  const ByteView from = raw(id.bytes.size());
  if (ok()) std::memcpy(id.bytes.data(), from.data(), id.bytes.size());
  return id;
}

ByteView Reader::raw(std::size_t size) {
  if (remaining() < size) {
    reject("bytes are cut off");
    return {};
  }
  const ByteView view(at_, size);
  at_ += size;
  return view;
}

std::optional<std::uint32_t> Reader::string_length(Encoding encoding) {
  const std::size_t from = position();
  const std::int64_t length = encoding == Encoding::compact ? std::int64_t{unsigned_varint()} - 1 : int16();
  observe(from);
  if (length == -1) return std::nullopt;
  if (length < 0) reject(kNegative);
  if (length > kMaxString) reject("a string is longer than 32767 bytes");
  return ok() ? static_cast<std::uint32_t>(length) : 0;
}

std::optional<std::uint32_t> Reader::bytes_length(Encoding encoding) {
  const std::size_t from = position();
  const std::int64_t length = encoding == Encoding::compact ? std::int64_t{unsigned_varint()} - 1 : int32();
  observe(from);
  if (length == -1) return std::nullopt;
  if (length < 0) reject(kNegative);
  return ok() ? static_cast<std::uint32_t>(length) : 0;
}

std::string_view Reader::string(Encoding encoding) {
  const auto length = string_length(encoding);
  if (!length) {
    reject(kNull);
    return {};
  }
  return as_text(raw(*length));
}

std::optional<std::string_view> Reader::nullable_string(Encoding encoding) {
  const auto length = string_length(encoding);
  if (!length) return std::nullopt;
  return as_text(raw(*length));
}

ByteView Reader::bytes(Encoding encoding) {
  const auto length = bytes_length(encoding);
  if (!length) {
    reject(kNull);
    return {};
  }
  return raw(*length);
}

std::optional<ByteView> Reader::nullable_bytes(Encoding encoding) {
  const auto length = bytes_length(encoding);
  if (!length) return std::nullopt;
  return raw(*length);
}

Records Reader::records(Encoding encoding) { return Records::in_memory(bytes(encoding)); }

Records Reader::nullable_records(Encoding encoding) {
  const auto batches = nullable_bytes(encoding);
  return batches ? Records::in_memory(*batches) : Records::none();
}

bool Reader::reserve_memory(std::uint32_t count, ItemSize item) {
  const std::size_t wanted = std::size_t{count} * item.memory;
  if (wanted > kMaxArrayBytes - array_bytes_) {
    reject("arrays take too much memory");
    return false;
  }
  array_bytes_ += wanted;
  return true;
}

std::optional<std::uint32_t> Reader::array_count(Encoding encoding, ItemSize item) {
  const std::size_t from = position();
  const std::int64_t count = encoding == Encoding::compact ? std::int64_t{unsigned_varint()} - 1 : int32();
  observe(from);
  if (!ok()) return 0;
  if (count == -1) return std::nullopt;
  if (count < 0) {
    reject(kNegative);
    return 0;
  }
  if (static_cast<std::uint64_t>(count) > remaining() / item.wire) {
    reject("an array has more items than bytes are left");
    return 0;
  }
  const auto items = static_cast<std::uint32_t>(count);
  return reserve_memory(items, item) ? items : 0;
}

bool Reader::nullable_struct_follows() {
  const std::int8_t mark = int8();
  if (mark != 1 && mark != -1) reject("a nullable struct is neither there nor null");
  return ok() && mark == 1;
}

}  // namespace streamline::wire
