// Compiling the patterns, and asking them in the order of their cost.
#include "records/selection.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace streamline::cli {

namespace {

Result<std::unique_ptr<re2::RE2>> compiled(std::string_view flag, std::string_view pattern) {
  RE2::Options options(RE2::Quiet);
  // Records may be anything; what is no UTF-8 is searched byte by byte.
  options.set_encoding(RE2::Options::EncodingLatin1);
  auto regex = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (regex->ok()) return regex;
  return fail(Errc::invalid_argument, fmt::format("{} '{}': {}", flag, pattern, regex->error()));
}

bool found_in(const re2::RE2& regex, const std::optional<ByteView>& bytes) {
  if (!bytes) return false;
  const std::string_view text = as_text(*bytes);
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
}

}  // namespace

Selection::Selection() = default;
Selection::Selection(Selection&&) noexcept = default;
Selection& Selection::operator=(Selection&&) noexcept = default;
Selection::~Selection() = default;

Result<Selection> Selection::make(const SelectionOptions& options, Decoder value_decoder) {
  Selection selection;
  for (const std::string& pattern : options.in_value) {
    auto regex = compiled("--grep", pattern);
    if (!regex) return fail_with(std::move(regex));
    selection.in_value_.push_back(*std::move(regex));
  }
  for (const std::string& pattern : options.in_key) {
    auto regex = compiled("--grep-key", pattern);
    if (!regex) return fail_with(std::move(regex));
    selection.in_key_.push_back(*std::move(regex));
  }
  for (const std::string& text : options.in_header) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, fmt::format("--grep-header '{}' is not of the form name=pattern", text));
    auto regex = compiled("--grep-header", std::string_view(text).substr(equals + 1));
    if (!regex) return fail_with(std::move(regex));
    selection.in_header_.push_back({.name = text.substr(0, equals), .pattern = *std::move(regex)});
  }
  for (const std::string& text : options.conditions) {
    auto condition = JsonCondition::parse(text);
    if (!condition) return fail(Errc::invalid_argument, "--where " + condition.error().text);
    selection.conditions_.push_back(*std::move(condition));
  }
  selection.decoder_ = std::move(value_decoder);
  selection.sample_ = options.sample;
  selection.everything_ = selection.in_value_.empty() && selection.in_key_.empty() && selection.in_header_.empty() &&
                          selection.conditions_.empty() && selection.sample_ == 1;
  return selection;
}

bool Selection::matches(const record::RecordView& record) const {
  for (const auto& regex : in_key_) {
    if (!found_in(*regex, record.key)) return false;
  }
  for (const auto& wanted : in_header_) {
    bool found = false;
    for (const record::HeaderView header : record.headers)
      found = found || (header.key == wanted.name && found_in(*wanted.pattern, header.value));
    if (!found) return false;
  }
  for (const auto& regex : in_value_) {
    if (!found_in(*regex, record.value)) return false;
  }
  if (conditions_.empty()) return true;
  if (!record.value) return false;
  const auto value = decoder_.decode(*record.value);
  return value && std::ranges::all_of(conditions_, [&](const JsonCondition& condition) { return condition.holds(value->value); });
}

bool Selection::wants(const client::ConsumedRecord& record) {
  if (everything_) return true;
  if (!matches(record.record)) return false;
  return matched_++ % sample_ == 0;
}

}  // namespace streamline::cli
