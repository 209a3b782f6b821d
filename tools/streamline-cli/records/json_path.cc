// Parsing and walking.
#include "records/json_path.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace streamline::cli {

namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '@' || c == '$';
}

/// A JSON string at the front of `rest`, taken off; nothing when there is none.
std::optional<std::string> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('"')) return std::nullopt;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '\\') {
      ++at;
    } else if (rest[at] == '"') {
      const Json text = Json::parse(rest.substr(0, at + 1), nullptr, false);
      if (!text.is_string()) return std::nullopt;
      rest.remove_prefix(at + 1);
      return text.get<std::string>();
    }
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool same_kind(const Json& a, const Json& b) { return (a.is_number() && b.is_number()) || (a.is_string() && b.is_string()); }

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  const std::string_view whole = trimmed(text);
  std::string_view rest = whole;
  const auto wrong = [&] {
    return fail(Errc::invalid_argument,
                fmt::format("'{}' is no path at '{}'; write .name, .\"any name\", [0] and what follows from there", whole, rest));
  };
  if (rest.empty() || (rest[0] != '.' && rest[0] != '[')) return wrong();
  if (rest == ".") return path;
  while (!rest.empty()) {
    if (rest.starts_with('[')) {
      std::int64_t index = 0;
      const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), index);
      if (error != std::errc{} || end == rest.data() + rest.size() || *end != ']') return wrong();
      path.steps_.emplace_back(index);
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
      continue;
    }
    if (!rest.starts_with('.')) return wrong();
    rest.remove_prefix(1);
    if (rest.starts_with('[')) continue;
    if (auto quoted = take_quoted(rest)) {
      path.steps_.emplace_back(*std::move(quoted));
      continue;
    }
    std::size_t length = 0;
    while (length < rest.size() && is_name_char(rest[length])) ++length;
    if (length == 0) return wrong();
    path.steps_.emplace_back(std::string(rest.substr(0, length)));
    rest.remove_prefix(length);
  }
  return path;
}

const Json* JsonPath::find(const Json& value) const {
  const Json* at = &value;
  for (const auto& step : steps_) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (!at->is_object()) return nullptr;
      const auto found = at->find(*name);
      if (found == at->end()) return nullptr;
      at = &*found;
      continue;
    }
    if (!at->is_array()) return nullptr;
    const auto size = static_cast<std::int64_t>(at->size());
    const std::int64_t index = std::get<std::int64_t>(step);
    const std::int64_t from_front = index < 0 ? size + index : index;
    if (from_front < 0 || from_front >= size) return nullptr;
    at = &(*at)[static_cast<std::size_t>(from_front)];
  }
  return at;
}

Result<JsonCondition> JsonCondition::parse(std::string_view text) {
  struct Sign {
    std::string_view sign;
    Operator meaning;
  };
  // The longer ones come first, of which the shorter are the beginning.
  constexpr std::array kSigns = {Sign{"==", Operator::equal},         Sign{"!=", Operator::unequal},
                                 Sign{"<=", Operator::less_or_equal}, Sign{">=", Operator::greater_or_equal},
                                 Sign{"<", Operator::less},           Sign{">", Operator::greater}};
  JsonCondition condition;
  std::string_view path = text;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size() && condition.operator_ == Operator::exists; ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted) continue;
    for (const Sign& sign : kSigns) {
      if (!text.substr(at).starts_with(sign.sign)) continue;
      condition.operator_ = sign.meaning;
      path = text.substr(0, at);
      const std::string_view literal = trimmed(text.substr(at + sign.sign.size()));
      if (literal.empty()) return fail(Errc::invalid_argument, fmt::format("'{}' compares with nothing", text));
      condition.literal_ = Json::parse(literal, nullptr, false);
      if (condition.literal_.is_discarded()) condition.literal_ = std::string(literal);
      break;
    }
  }
  auto parsed = JsonPath::parse(path);
  if (!parsed) return fail_with(std::move(parsed));
  condition.path_ = *std::move(parsed);
  return condition;
}

bool JsonCondition::holds(const Json& value) const {
  const Json* found = path_.find(value);
  if (operator_ == Operator::exists) return found != nullptr && !found->is_null() && !(found->is_boolean() && !found->get<bool>());
  const Json missing;
  const Json& there = found == nullptr ? missing : *found;
  switch (operator_) {
    case Operator::exists: break;
    case Operator::equal: return there == literal_;
    case Operator::unequal: return there != literal_;
    case Operator::less: return same_kind(there, literal_) && there < literal_;
    case Operator::less_or_equal: return same_kind(there, literal_) && there <= literal_;
    case Operator::greater: return same_kind(there, literal_) && there > literal_;
    case Operator::greater_or_equal: return same_kind(there, literal_) && there >= literal_;
  }
  return false;
}

}  // namespace streamline::cli
