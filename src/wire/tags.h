// Tagged fields (KIP-482): the part at the end of every struct of a flexible message that old software steps over.
#pragma once

#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::wire {

/// Walks the tagged fields of one struct:
///   for (TagReader tags(in, arena); tags.next();) switch (tags.tag()) { case 0: ...; break; default: tags.keep(); }
/// Tags must ascend; a field must end where its size says, and cannot read beyond it.
class TagReader {
 public:
  TagReader(Reader& in, Arena& arena);
  /// Steps to the next field; false at the end or after a failure.
  bool next();
  std::uint32_t tag() const { return tag_; }
  /// Keeps the current field as an unknown one.
  void keep();
  std::span<const UnknownTag> unknown() const { return unknown_.first(unknown_count_); }

 private:
  void close_field();

  Reader& in_;
  Arena& arena_;
  std::uint32_t left_ = 0;
  std::uint32_t tag_ = 0;
  bool inside_ = false;
  bool first_ = true;
  const std::byte* outer_end_;
  std::span<UnknownTag> unknown_;
  std::size_t unknown_count_ = 0;
};

/// All tagged fields of a struct that knows none of them.
std::span<const UnknownTag> read_unknown_tags(Reader& in, Arena& arena);

/// Writes the tagged fields of one struct: begin() for each known one, ascending, then finish(); unknown ones go where their
/// number belongs.
template <class Sink>
class TagWriter {
 public:
  TagWriter(Sink& out, std::span<const UnknownTag> unknown, std::uint32_t known_count) : out_(out), unknown_(unknown) {
    out_.unsigned_varint(known_count + static_cast<std::uint32_t>(unknown.size()));
  }
  /// The field's bytes follow.
  void begin(std::uint32_t tag, std::size_t size) {
    while (!unknown_.empty() && unknown_.front().tag < tag) put_unknown();
    out_.unsigned_varint(tag);
    out_.unsigned_varint(static_cast<std::uint32_t>(size));
  }
  void finish() {
    while (!unknown_.empty()) put_unknown();
  }

 private:
  void put_unknown() {
    const UnknownTag& field = unknown_.front();
    out_.unsigned_varint(field.tag);
    out_.unsigned_varint(static_cast<std::uint32_t>(field.bytes.size()));
    out_.raw(field.bytes);
    unknown_ = unknown_.subspan(1);
  }

  Sink& out_;
  std::span<const UnknownTag> unknown_;
};

template <class Sink>
void put_unknown_tags(Sink& out, std::span<const UnknownTag> unknown) {
  TagWriter<Sink>(out, unknown, 0).finish();
}

}  // namespace streamline::wire
