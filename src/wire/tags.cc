// Reading of tagged fields.
#include "wire/tags.h"

namespace streamline::wire {

namespace {
// A tag and a size of one byte each.
constexpr std::size_t kSmallestField = 2;
}  // namespace

TagReader::TagReader(Reader& in, Arena& arena) : in_(in), arena_(arena), outer_end_(in.end_) {
  const std::size_t from = in_.position();
  left_ = in_.unsigned_varint();
  in_.observe(from);
  if (left_ > in_.remaining() / kSmallestField) {
    in_.reject("more tagged fields than bytes are left");
    left_ = 0;
  }
}

void TagReader::close_field() {
  if (!inside_) return;
  inside_ = false;
  if (in_.remaining() != 0) in_.reject("a tagged field is shorter than its size");
  in_.end_ = outer_end_;
  if (!in_.ok()) in_.at_ = in_.end_;
}

bool TagReader::next() {
  close_field();
  if (left_ == 0 || !in_.ok()) return false;
  --left_;
  const std::uint32_t tag = in_.unsigned_varint();
  const std::size_t from = in_.position();
  const std::uint32_t size = in_.unsigned_varint();
  in_.observe(from);
  if (!first_ && tag <= tag_) in_.reject("tagged fields do not ascend");
  if (size > in_.remaining()) in_.reject("a tagged field is longer than the bytes left");
  if (!in_.ok()) return false;
  first_ = false;
  tag_ = tag;
  in_.end_ = in_.at_ + size;
  inside_ = true;
  return true;
}

void TagReader::keep() {
  if (unknown_.empty()) {
    // Room for this field and all that may follow it.
    const std::uint32_t most = left_ + 1;
    if (!in_.reserve_memory(most, {.wire = kSmallestField, .memory = sizeof(UnknownTag)})) return;
    unknown_ = arena_.make_array<UnknownTag>(most);
  }
  unknown_[unknown_count_++] = {tag_, in_.raw(in_.remaining())};
}

std::span<const UnknownTag> read_unknown_tags(Reader& in, Arena& arena) {
  TagReader tags(in, arena);
  while (tags.next()) tags.keep();
  return tags.unknown();
}

}  // namespace streamline::wire
