// The library tells the place only to whoever listens to every token.
#include "catalog/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace streamline::catalog {

namespace {

using Json = nlohmann::json;

/// Lets everything pass until the text breaks.
class BreakFinder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    place = position;
    return false;
  }

  std::optional<std::size_t> place;
};

}  // namespace

std::string json_problem(std::string_view text) {
  BreakFinder finder;
  if (Json::sax_parse(text, &finder) || !finder.place) return "not a JSON object";
  return fmt::format("not a whole JSON object: it goes wrong at byte {} of {}", std::min(*finder.place, text.size()), text.size());
}

}  // namespace streamline::catalog
