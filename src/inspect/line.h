// Line: one line of output under construction, as "kind name=value ..." or as one JSON object; both have the same names.
// Text: values that need no quotes stand bare, others and all record contents are quoted as in JSON; {} and [] nest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace streamline::inspect {

enum class Format : std::uint8_t { text, json };

/// Belongs to one thread. In an array, names are empty.
class Line {
 public:
  /// `kind` says what the line is about; JSON calls it "type".
  Line(Format format, std::string_view kind);

  Line& number(std::string_view name, std::int64_t value);
  Line& number(std::string_view name, double value);
  /// Invalid UTF-8 is replaced.
  Line& word(std::string_view name, std::string_view value);
  /// Milliseconds since 1970: RFC 3339 in text, the number in JSON and where no calendar has it.
  Line& time(std::string_view name, std::int64_t ms);
  /// Record contents: text where it is printable; else 0x… in text, and base64 under "<name>_base64" in JSON.
  Line& contents(std::string_view name, std::optional<ByteView> bytes);
  Line& null(std::string_view name);
  Line& open(std::string_view name, char bracket);
  Line& close(char bracket);

  Format format() const { return format_; }
  /// For taking back what was added since.
  std::size_t mark() const { return out_.size(); }
  void rewind(std::size_t mark) { out_.resize(mark); }
  /// The line with its line feed.
  std::string finish() const;

 private:
  void put_name(std::string_view name);

  Format format_;
  std::string out_;
};

/// Where lines go.
class LineSink {
 public:
  virtual ~LineSink() = default;
  virtual void put(const Line& line) = 0;
};

/// Valid UTF-8 without control characters but tab and line ends.
bool is_printable(ByteView bytes);
std::string to_base64(ByteView bytes);

}  // namespace streamline::inspect
