// Taking signals by a descriptor, so that no thread is interrupted.
#include "main/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace streamline::main_program {

int take_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

std::optional<int> next_signal(int descriptor) {
  signalfd_siginfo taken;
  if (read(descriptor, &taken, sizeof(taken)) != sizeof(taken)) return std::nullopt;
  return static_cast<int>(taken.ssi_signo);
}

}  // namespace streamline::main_program
