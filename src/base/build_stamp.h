// What a program was built from, for --version and the start line. Defined by the build (cmake/build_stamp.cmake) and linked
// into programs only, so that a new commit does not link every test again.
#pragma once

#include <string_view>

namespace streamline {

struct BuildStamp {
  std::string_view version;  ///< "0.1.0"
  std::string_view commit;   ///< twelve digits, with "-changed" behind it when the tree had changes; "unknown" outside git
  std::string_view build;    ///< compiler and build type: "GNU 12.2.0 RelWithDebInfo"
};

/// Lives as long as the program; any thread.
const BuildStamp& build_stamp();

}  // namespace streamline
