// Reading in large steps, cutting at line ends.
#include "records/line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace streamline::cli {

namespace {
constexpr std::size_t kStepBytes = 256 * 1024;
}

Status LineReader::wait() const {
  std::array<pollfd, 2> watched = {pollfd{.fd = fd_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = interrupt_fd_, .events = POLLIN, .revents = 0}};
  while (::poll(watched.data(), watched.size(), -1) < 0) {
    if (errno != EINTR) return fail_errno(errno, "poll " + name_);
  }
  if (watched[1].revents != 0) return fail(Errc::closed, "interrupted");
  return {};
}

bool LineReader::find_end() {
  if (end_ != std::string::npos) return true;
  end_ = buffer_.find('\n', searched_);
  if (end_ == std::string::npos) searched_ = buffer_.size();
  return end_ != std::string::npos;
}

bool LineReader::would_wait() {
  if (ended_ || find_end()) return false;
  pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 0;
}

Result<bool> LineReader::fill() {
  if (auto ready = wait(); !ready) return fail_with(std::move(ready));
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const std::size_t old_size = buffer_.size();
  if (old_size > kMaxLineBytes)
    return fail(Errc::too_large, fmt::format("{}: line {} is longer than {} bytes", name_, line_number_ + 1, kMaxLineBytes));
  buffer_.resize(old_size + kStepBytes);
  const ssize_t received = ::read(fd_, buffer_.data() + old_size, kStepBytes);
  buffer_.resize(old_size + static_cast<std::size_t>(received > 0 ? received : 0));
  if (received < 0 && errno != EINTR && errno != EAGAIN) return fail_errno(errno, "read " + name_);
  return received != 0;
}

Result<std::optional<std::string_view>> LineReader::next() {
  while (true) {
    if (find_end() || (ended_ && begin_ < buffer_.size())) {
      const std::size_t stop = std::min(end_, buffer_.size());
      const std::string_view line = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = std::min(stop + 1, buffer_.size());
      searched_ = begin_;
      end_ = std::string::npos;
      ++line_number_;
      return line;
    }
    if (ended_) return std::nullopt;
    auto more = fill();
    if (!more) return fail_with(std::move(more));
    ended_ = !*more;
  }
}

}  // namespace streamline::cli
