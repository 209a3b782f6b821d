// Shows a finding.
#include "inspect/finding.h"

namespace streamline::inspect {

Line to_line(const Finding& finding, Format format) {
  const std::string_view severity = finding.severity == Severity::error ? "error" : "note";
  Line line(format, format == Format::json ? "finding" : severity);
  if (format == Format::json) line.word("severity", severity);
  line.word("what", finding.what).word("file", finding.file);
  if (finding.position) line.number("position", static_cast<std::int64_t>(*finding.position));
  if (finding.offset) line.number("offset", *finding.offset);
  if (finding.last_offset) line.number("last_offset", *finding.last_offset);
  return line.word("text", finding.text);
}

}  // namespace streamline::inspect
