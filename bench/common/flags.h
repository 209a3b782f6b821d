// Command-line flags of the bench programs: `--name value` pairs, and what follows `--` untouched.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::bench {

/// Each getter names a flag and its default; `check` then reports bad numbers and flags that no getter asked for.
class Flags {
 public:
  Flags(int argc, char** argv);

  std::string text(std::string_view name, std::string_view fallback);
  std::int64_t number(std::string_view name, std::int64_t fallback);
  double real(std::string_view name, double fallback);
  const std::vector<std::string>& rest() const { return rest_; }
  Status check() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::set<std::string, std::less<>> asked_;
  std::vector<std::string> rest_;
  std::string error_;
};

/// Prints the error to stderr; the exit code of a bench program that failed.
int report_failure(std::string_view program, const Error& error);

}  // namespace streamline::bench
