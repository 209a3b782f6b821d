// The one list of APIs that this broker serves.
#pragma once

#include "broker/api.h"

namespace streamline::handlers {

/// By key; static.
broker::ApiTable api_table();

}  // namespace streamline::handlers
