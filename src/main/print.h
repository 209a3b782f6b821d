// Printing for commands. fmt::print throws where a stream cannot be written, and a full disk or a closed stream is no reason to abort.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace streamline::main_program {

/// A failure stays with the stream: std::ferror() and std::fflush() tell it at the end.
template <class... Args>
void print(std::FILE* to, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), to));
}

}  // namespace streamline::main_program
