// Words for the forms.
#include "output/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace streamline::cli {

namespace {

struct Form {
  std::string_view word;
  Output output;
};
constexpr std::array kForms = {Form{"table", Output::table}, Form{"wide", Output::wide}, Form{"json", Output::json},
                               Form{"yaml", Output::yaml},   Form{"csv", Output::csv},   Form{"name", Output::name}};

}  // namespace

Result<Output> parse_output(std::string_view text, Shape shape) {
  if (text.empty()) return Output::plain;
  const auto form = std::ranges::find(kForms, text, &Form::word);
  if (form == kForms.end()) {
    return fail(
        Errc::invalid_argument,
        fmt::format("-o chooses the output, table, wide, json, yaml, csv or name, and not '{}'; a place to read from is --from", text));
  }
  if (shape == Shape::text) return fail(Errc::invalid_argument, "this command's answer has one form; leave -o out");
  return form->output;
}

}  // namespace streamline::cli
