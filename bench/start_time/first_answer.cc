// Milliseconds from exec until a server answers its first request (ApiVersions); then the server is stopped with SIGTERM.
//   first_answer --port N [--timeout 30] -- command...
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "common/clock.h"
#include "common/flags.h"
#include "common/sockets.h"
#include "common/wire.h"

namespace streamline::bench {
namespace {

constexpr std::int16_t kApiVersionsKey = 18;
constexpr auto kRetryAfter = std::chrono::microseconds(200);

[[noreturn]] void become(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  // execvp promises not to change them, but its type does not say so.
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  std::_Exit(127);
}

/// True once the server has answered ApiVersions version 0.
bool answers(std::uint16_t port) {
  const auto socket = connect_to("127.0.0.1", port);
  if (!socket) return false;
  Writer body;
  body.string("bench");
  const Request request{kApiVersionsKey, 0, std::move(body.bytes())};
  std::vector<std::byte> frame(kRequestHead);
  put_request_head(frame.data(), request, 1);
  frame.insert(frame.end(), request.rest.begin(), request.rest.end());
  std::array<std::byte, 10> front{};  // size, correlation id, error code
  return write_all(socket->get(), frame) && read_exactly(socket->get(), front) && load_be<std::int16_t>(front.data() + 8) == 0;
}

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  const auto port = static_cast<std::uint16_t>(flags.number("port", 0));
  const double timeout = flags.real("timeout", 30);
  if (auto good = flags.check(); !good) return good;
  if (port == 0 || flags.rest().empty()) return fail(Errc::invalid_argument, "first_answer --port N -- command...");
  const std::int64_t start = now_ns();
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(errno, "fork");
  if (child == 0) become(flags.rest());
  const std::int64_t give_up = start + seconds_to_ns(timeout);
  bool answered = false;
  int state = 0;
  while (!answered && now_ns() < give_up && ::waitpid(child, &state, WNOHANG) == 0) {
    answered = answers(port);
    if (!answered) std::this_thread::sleep_for(kRetryAfter);
  }
  const double ms = static_cast<double>(now_ns() - start) / 1e6;
  if (answered) {
    if (::kill(child, SIGTERM) != 0) return fail_errno(errno, "kill");
    if (::waitpid(child, &state, 0) < 0) return fail_errno(errno, "waitpid");
  } else {
    // It may have ended by itself already; then both calls have nothing to do.
    static_cast<void>(::kill(child, SIGKILL));
    static_cast<void>(::waitpid(child, &state, 0));
    return fail(Errc::timed_out, "the server did not answer");
  }
  fmt::print("{{\"first_answer_ms\":{:.2f},\"exit_status\":{}}}\n", ms, WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state));
  return {};
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("first_answer", ended.error());
}
