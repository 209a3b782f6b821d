// Template: text with places that are filled anew for each record that is made up.
//
//   %n number of the record, from 1    %d time in ms    %u random UUID    %r{1-100} random whole number
//   %s{16} so many random letters      %c{red,green,blue} one of these    %% a percent sign
// \n \t \\ and \xHH are escapes.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::cli {

class Template {
 public:
  /// invalid_argument names the place that is wrong.
  static Result<Template> parse(std::string_view text);
  void render(std::string& out, std::int64_t number, std::int64_t now_ms, std::mt19937_64& random) const;

 private:
  enum class Kind : std::uint8_t { literal, number, time, uuid, integer, letters, choice };
  struct Part {
    Kind kind = Kind::literal;
    std::string text{};
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::vector<std::string> choices{};
  };
  static Result<Part> parse_part(char letter, std::string_view inside);

  std::vector<Part> parts_;
};

}  // namespace streamline::cli
