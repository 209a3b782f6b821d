// ProtoTokens: the words, numbers, texts and signs of a .proto file, without its comments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace streamline::cli {

struct ProtoToken {
  enum class Kind : std::uint8_t { end, word, number, text, sign };
  Kind kind = Kind::end;
  /// A text without its quotes, escapes as they stand; a word with its dots: ".google.protobuf.Any".
  std::string_view text{};
  std::size_t line = 1;
};

/// Belongs to one thread; a view of the text.
class ProtoTokens {
 public:
  /// `name` is the file's, for complaints.
  ProtoTokens(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) { advance(); }

  const ProtoToken& now() const { return now_; }
  bool at_end() const { return now_.kind == ProtoToken::Kind::end; }
  bool is(std::string_view text) const {
    return (now_.kind == ProtoToken::Kind::sign || now_.kind == ProtoToken::Kind::word) && now_.text == text;
  }
  ProtoToken take();
  /// Takes the token when it is this one.
  bool take_if(std::string_view text);
  Status expect(std::string_view text);
  /// A word.
  Result<std::string> word(std::string_view what);
  Result<std::string> text(std::string_view what);
  /// Decimal, hexadecimal or octal, with or without a minus.
  Result<std::int64_t> number(std::string_view what);
  /// malformed: the file, the line, and what stands there instead.
  std::unexpected<Error> wrong(std::string_view wanted) const;
  /// Up to the end of the statement or block that has begun: a ';' outside of braces, or the brace that closes.
  Status skip_statement();

 private:
  void advance();
  void skip_blanks();

  std::string_view rest_;
  std::string name_;
  std::size_t line_ = 1;
  ProtoToken now_;
};

}  // namespace streamline::cli
