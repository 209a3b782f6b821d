// Reading to the end, with a bound.
#include "input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace streamline::cli {

namespace {

constexpr std::size_t kMaxBytes = 64 * 1024 * 1024;
constexpr std::size_t kStepBytes = 64 * 1024;

}  // namespace

std::string input_name(const std::string& name) { return name == "-" ? "standard input" : name; }

Result<std::string> read_input(const std::string& name) {
  const int fd = name == "-" ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, "open " + name);
  std::string text;
  ssize_t received = 1;
  while (received != 0 && text.size() <= kMaxBytes) {
    const std::size_t old_size = text.size();
    text.resize(old_size + kStepBytes);
    received = ::read(fd, text.data() + old_size, kStepBytes);
    const int error = errno;
    text.resize(old_size + static_cast<std::size_t>(received > 0 ? received : 0));
    if (received >= 0 || error == EINTR) continue;
    if (fd != STDIN_FILENO) ::close(fd);
    return fail_errno(error, "read " + input_name(name));
  }
  if (fd != STDIN_FILENO) ::close(fd);
  if (text.size() > kMaxBytes) return fail(Errc::too_large, fmt::format("{} is larger than {} bytes", input_name(name), kMaxBytes));
  return text;
}

}  // namespace streamline::cli
