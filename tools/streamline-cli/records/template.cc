// Parsing and filling.
#include "records/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "output/text.h"

namespace streamline::cli {

namespace {

constexpr std::int64_t kMostLetters = 1'000'000;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<Template::Part> Template::parse_part(char letter, std::string_view inside) {
  if (letter == 'n') return Part{.kind = Kind::number};
  if (letter == 'd') return Part{.kind = Kind::time};
  if (letter == 'u') return Part{.kind = Kind::uuid};
  if (letter == 'r') {
    // The first sign may be a minus.
    const std::size_t dash = inside.find('-', 1);
    const auto low = whole_number(inside.substr(0, dash));
    const auto high = dash == std::string_view::npos ? std::nullopt : whole_number(inside.substr(dash + 1));
    if (low && high && *low <= *high) return Part{.kind = Kind::integer, .text = {}, .low = *low, .high = *high};
    return fail(Errc::invalid_argument, fmt::format("'%r{{{}}}' is no range; write %r{{1-100}}", inside));
  }
  if (letter == 's') {
    const auto count = whole_number(inside);
    if (count && *count >= 0 && *count <= kMostLetters) return Part{.kind = Kind::letters, .text = {}, .low = *count};
    return fail(Errc::invalid_argument, fmt::format("'%s{{{}}}' is no count of letters from 0 to {}", inside, kMostLetters));
  }
  if (letter == 'c') {
    Part part{.kind = Kind::choice};
    for (std::string_view rest = inside;;) {
      const std::size_t comma = rest.find(',');
      part.choices.emplace_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) return part;
      rest.remove_prefix(comma + 1);
    }
  }
  return fail(Errc::invalid_argument, fmt::format("a template has no '%{}'; it has %n %d %u %r{{1-100}} %s{{16}} %c{{a,b}} %%", letter));
}

Result<Template> Template::parse(std::string_view text) {
  Template parsed;
  while (!text.empty()) {
    const std::size_t percent = std::min(text.find('%'), text.size());
    if (percent > 0) {
      auto literal = unescape(text.substr(0, percent));
      if (!literal) return fail_with(std::move(literal));
      parsed.parts_.push_back({.kind = Kind::literal, .text = *std::move(literal)});
      text.remove_prefix(percent);
      continue;
    }
    const char letter = text.size() > 1 ? text[1] : ' ';
    text.remove_prefix(std::min<std::size_t>(2, text.size()));
    if (letter == '%') {
      parsed.parts_.push_back({.kind = Kind::literal, .text = "%"});
      continue;
    }
    std::string_view inside;
    if (text.starts_with('{')) {
      const std::size_t close = text.find('}');
      if (close == std::string_view::npos) return fail(Errc::invalid_argument, fmt::format("the brace behind '%{}' is not closed", letter));
      inside = text.substr(1, close - 1);
      text.remove_prefix(close + 1);
    }
    auto part = parse_part(letter, inside);
    if (!part) return fail_with(std::move(part));
    parsed.parts_.push_back(*std::move(part));
  }
  return parsed;
}

void Template::render(std::string& out, std::int64_t number, std::int64_t now_ms, std::mt19937_64& random) const {
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::literal: out += part.text; break;
      case Kind::number: out += std::to_string(number); break;
      case Kind::time: out += std::to_string(now_ms); break;
      case Kind::uuid: {
        // Version 4, variant 1.
        const std::uint64_t high = (random() & ~0xf000ULL) | 0x4000ULL;
        const std::uint64_t low = (random() & ~(3ULL << 62)) | (2ULL << 62);
        out += fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48,
                           low & 0xffffffffffffULL);
        break;
      }
      case Kind::integer: out += std::to_string(std::uniform_int_distribution<std::int64_t>(part.low, part.high)(random)); break;
      case Kind::letters:
        for (std::int64_t i = 0; i < part.low; ++i) out += static_cast<char>('a' + random() % 26);
        break;
      case Kind::choice: out += part.choices[random() % part.choices.size()]; break;
    }
  }
}

}  // namespace streamline::cli
