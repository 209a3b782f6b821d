// The one place where our error codes become Kafka's.
#pragma once

#include "base/result.h"
#include "wire/error_code.h"

namespace streamline::broker {

wire::ErrorCode wire_error(Errc code);

}  // namespace streamline::broker
