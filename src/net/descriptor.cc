// Closes descriptors.
#include "net/descriptor.h"

#include <unistd.h>

namespace streamline::net {

void Descriptor::reset() {
  if (number_ < 0) return;
  // Linux frees the number whatever close() returns, and sockets have nothing to report here.
  static_cast<void>(::close(number_));
  number_ = -1;
}

}  // namespace streamline::net
