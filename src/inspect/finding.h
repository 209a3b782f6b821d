// What a check of a data directory finds, and who is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/line.h"

namespace streamline::inspect {

enum class Severity : std::uint8_t {
  note,   ///< the next start mends it by itself, and no record is lost
  error,  ///< records are damaged or missing, or the broker would refuse or misunderstand what is there
};

struct Finding {
  Severity severity = Severity::note;
  /// A stable word: README.md lists them.
  std::string_view what;
  std::string file = {};
  std::optional<std::uint64_t> position = {};
  /// First offset that is concerned, and the last one where it is a range.
  std::optional<std::int64_t> offset = {};
  std::optional<std::int64_t> last_offset = {};
  std::string text = {};
};

/// As one line: "error what=... file=...", or JSON with type "finding".
Line to_line(const Finding& finding, Format format);

struct CheckProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

/// Called on the checking thread.
class CheckObserver {
 public:
  virtual ~CheckObserver() = default;
  virtual void found(const Finding& finding) = 0;
  /// Something was mended, removed or set aside.
  virtual void mended(const std::string& file, const std::string& text) = 0;
  /// Every few MiB.
  virtual void advanced(const CheckProgress& progress) = 0;
};

}  // namespace streamline::inspect
