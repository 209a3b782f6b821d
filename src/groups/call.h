// What an operation is told beside its request, and where it takes ids from.
#pragma once

#include "base/ids.h"
#include "coordinator/call.h"

namespace streamline::groups {

using coordinator::Call;
using coordinator::Now;
using coordinator::Ticket;

/// Makes the random part of member ids. A test's source is a counter.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual Uuid next() = 0;
};

}  // namespace streamline::groups
