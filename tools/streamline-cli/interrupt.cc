// A signal handler may do little: it writes one byte into a pipe.
#include "interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace streamline::cli {

namespace {

// A signal handler has no other way to its state.
volatile std::sig_atomic_t seen = 0;
volatile std::sig_atomic_t write_end = -1;

void on_interrupt(int) {
  const int error = errno;
  seen = 1;
  const char byte = 0;
  // The pipe is never full: the second signal ends the program.
  static_cast<void>(!::write(write_end, &byte, 1));
  errno = error;
}

}  // namespace

Result<int> watch_interrupts() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno(errno, "make a pipe");
  write_end = ends[1];
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  if (::sigaction(SIGINT, &action, nullptr) != 0) return fail_errno(errno, "watch SIGINT");
  return ends[0];
}

bool interrupted() { return seen != 0; }

}  // namespace streamline::cli
