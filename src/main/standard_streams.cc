// Filling gaps in the standard streams.
#include "main/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace streamline::main_program {

bool hold_standard_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // The lowest free number is this one. Opened the wrong way round, so that whoever uses it hears that there is nothing.
    const int way = number == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", way) != number) return false;
  }
  return true;
}

}  // namespace streamline::main_program
