// Reader: takes numbers and bytes off the front of a record, and says where one that is cut off or no number at all stands.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/varint.h"

namespace streamline::cli {

/// Belongs to one thread; a view.
class Reader {
 public:
  /// `begin` is where the bytes stand in the whole, for complaints.
  explicit Reader(ByteView bytes, std::size_t begin = 0) : rest_(bytes), at_(begin) {}

  bool empty() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  std::size_t at() const { return at_; }
  ByteView rest() const { return rest_; }

  /// malformed, with the place.
  std::unexpected<Error> wrong(std::string_view what) const { return fail(Errc::malformed, fmt::format("{} at byte {}", what, at_)); }
  /// Base-128, as in varint.h.
  Result<std::uint64_t> number() {
    const auto read = read_uvarint64(rest_);
    if (!read) return wrong("no number");
    skip(read.size);
    return read.value;
  }
  Result<ByteView> take(std::uint64_t count) {
    if (count > rest_.size()) return fail(Errc::malformed, fmt::format("{} bytes at byte {}, where {} are left", count, at_, rest_.size()));
    const ByteView taken = rest_.first(static_cast<std::size_t>(count));
    skip(taken.size());
    return taken;
  }

 private:
  void skip(std::size_t count) {
    rest_ = rest_.subspan(count);
    at_ += count;
  }

  ByteView rest_;
  std::size_t at_;
};

}  // namespace streamline::cli
