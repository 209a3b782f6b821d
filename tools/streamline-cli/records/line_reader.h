// LineReader: lines of a file or pipe, and whether the next one would have to be waited for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace streamline::cli {

/// Belongs to one thread. Does not own the descriptor.
class LineReader {
 public:
  /// A longer line is an error.
  static constexpr std::size_t kMaxLineBytes = 64 * 1024 * 1024;

  /// `interrupt_fd` breaks off a wait. `name` is what the input is called in errors.
  LineReader(int fd, int interrupt_fd, std::string name) : fd_(fd), interrupt_fd_(interrupt_fd), name_(std::move(name)) {}

  /// The next line without its end; nothing after the last. A last line without an end counts. The view lives until the next call.
  /// Errors: io, too_large, closed (interrupted).
  Result<std::optional<std::string_view>> next();
  /// Whether next() would have to wait for more input.
  bool would_wait();
  /// Number of the line that next() gave last, from 1.
  std::int64_t line_number() const { return line_number_; }

 private:
  Status wait() const;
  /// Whether the end of the next line is there; it is looked for once.
  bool find_end();
  /// Reads more behind what is there; false at the end of the input.
  Result<bool> fill();

  int fd_;
  int interrupt_fd_;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;
  /// End of the next line, once it was found.
  std::size_t end_ = std::string::npos;
  /// Up to here no line end was found.
  std::size_t searched_ = 0;
  bool ended_ = false;
  std::int64_t line_number_ = 0;
};

}  // namespace streamline::cli
