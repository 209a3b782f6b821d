// Assertions for our own bugs: on in every build, never reached by client input.
#pragma once

namespace streamline {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define SL_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::streamline::assertion_failed(#expression, __FILE__, __LINE__))
