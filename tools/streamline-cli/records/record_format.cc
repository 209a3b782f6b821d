// Parsing and rendering of record formats.
#include "records/record_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "output/text.h"

namespace streamline::cli {

namespace {

enum class Kind : std::uint8_t { text, number, time, headers };
enum class Inside : std::uint8_t { record, headers };

struct VerbRow {
  char letter;
  Verb verb;
  Kind kind;
};
constexpr std::array kVerbs = {
    VerbRow{'t', Verb::topic, Kind::text},
    VerbRow{'T', Verb::topic_length, Kind::number},
    VerbRow{'p', Verb::partition, Kind::number},
    VerbRow{'o', Verb::offset, Kind::number},
    VerbRow{'e', Verb::leader_epoch, Kind::number},
    VerbRow{'d', Verb::timestamp, Kind::time},
    VerbRow{'k', Verb::key, Kind::text},
    VerbRow{'K', Verb::key_length, Kind::number},
    VerbRow{'v', Verb::value, Kind::text},
    VerbRow{'V', Verb::value_length, Kind::number},
    VerbRow{'h', Verb::headers, Kind::headers},
    VerbRow{'H', Verb::header_count, Kind::number},
    VerbRow{'x', Verb::producer_id, Kind::number},
    VerbRow{'y', Verb::producer_epoch, Kind::number},
    VerbRow{'i', Verb::number, Kind::number},
};

constexpr std::string_view kStrftime = "strftime[";

/// "big32" as its name and 32; bits of 0 when none of 64, 32, 16, 8 (and 4 for hex) stands there.
struct NumberForm {
  std::string_view name;
  unsigned bits = 0;
};

NumberForm number_form(std::string_view modifier) {
  for (const std::string_view name : {"hex", "big", "little"}) {
    if (!modifier.starts_with(name)) continue;
    const std::string_view digits = modifier.substr(name.size());
    unsigned bits = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const bool known = digits == "64" || digits == "32" || digits == "16" || digits == "8" || (name == "hex" && digits == "4");
    return known ? NumberForm{.name = name, .bits = bits} : NumberForm{};
  }
  return modifier == "byte" ? NumberForm{.name = "big", .bits = 8} : NumberForm{};
}

bool is_known(Kind kind, std::string_view modifier) {
  if (modifier.empty()) return true;
  if (kind == Kind::text) return modifier == "hex" || modifier == "base64" || modifier == "base64raw";
  if (kind == Kind::time && (modifier == "rfc3339" || (modifier.starts_with(kStrftime) && modifier.ends_with(']')))) return true;
  return modifier == "ascii" || modifier == "number" || number_form(modifier).bits != 0;
}

class Parser {
 public:
  Parser(std::string_view format, Inside inside) : rest_(format), inside_(inside) {}

  Result<std::vector<FormatPart>> run() {
    while (!rest_.empty()) {
      const std::size_t percent = std::min(rest_.find('%'), rest_.size());
      if (percent > 0) {
        auto literal = unescape(rest_.substr(0, percent));
        if (!literal) return fail_with(std::move(literal));
        parts_.push_back({.verb = Verb::literal, .text = *std::move(literal), .modifier = {}, .inner = {}});
        rest_.remove_prefix(percent);
      } else if (auto parsed = verb(); !parsed) {
        return fail_with(std::move(parsed));
      }
    }
    return std::move(parts_);
  }

 private:
  Status verb() {
    const char letter = rest_.size() > 1 ? rest_[1] : '\0';
    rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
    if (letter == '%' || letter == '{' || letter == '}') {
      parts_.push_back({.verb = Verb::literal, .text = std::string(1, letter), .modifier = {}, .inner = {}});
      return {};
    }
    const auto row = std::ranges::find(kVerbs, letter, &VerbRow::letter);
    const bool allowed =
        row != kVerbs.end() && (inside_ == Inside::record || std::string_view("kKvV").find(letter) != std::string_view::npos);
    if (!allowed)
      return fail(Errc::invalid_argument,
                  fmt::format("the format has no verb '%{}'{}", letter, inside_ == Inside::record ? "" : " inside %h{}"));
    auto modifier = braces(letter);
    if (!modifier) return fail_with(std::move(modifier));
    FormatPart part{.verb = row->verb, .text = {}, .modifier = *modifier, .inner = {}};
    if (row->kind == Kind::headers) {
      if (modifier->empty()) return fail(Errc::invalid_argument, "%h wants a format for one header, as in %h{ %k=%v}");
      auto inner = Parser(*modifier, Inside::headers).run();
      if (!inner) return fail_with(std::move(inner));
      part.inner = *std::move(inner);
    } else if (!is_known(row->kind, *modifier)) {
      return fail(Errc::invalid_argument, fmt::format("'%{}' takes no modifier '{}'", letter, *modifier));
    }
    parts_.push_back(std::move(part));
    return {};
  }

  /// What stands in the braces that follow, if any; braces nest.
  Result<std::string> braces(char letter) {
    if (!rest_.starts_with('{')) return std::string();
    int depth = 0;
    for (std::size_t at = 0; at < rest_.size(); ++at) {
      if (rest_[at] == '%' && at + 1 < rest_.size()) {
        ++at;
        continue;
      }
      if (rest_[at] == '{') ++depth;
      if (rest_[at] == '}' && --depth == 0) {
        std::string inner(rest_.substr(1, at - 1));
        rest_.remove_prefix(at + 1);
        return inner;
      }
    }
    return fail(Errc::invalid_argument, fmt::format("the brace behind '%{}' is not closed", letter));
  }

  std::string_view rest_;
  Inside inside_;
  std::vector<FormatPart> parts_;
};

void put_text(std::string& out, std::string_view modifier, std::optional<ByteView> bytes) {
  if (!bytes) return;
  if (modifier == "hex")
    out += hex(*bytes);
  else if (modifier == "base64")
    out += base64(*bytes);
  else if (modifier == "base64raw") {
    const std::string padded = base64(*bytes);
    out += std::string_view(padded).substr(0, padded.find('='));
  } else {
    out += as_text(*bytes);
  }
}

void put_number(std::string& out, std::string_view modifier, std::int64_t number) {
  const NumberForm form = number_form(modifier);
  const auto bits = static_cast<std::uint64_t>(number);
  if (form.bits == 0) {
    out += fmt::format("{}", number);
  } else if (form.name == "hex") {
    out += fmt::format("{:0{}x}", form.bits == 64 ? bits : bits & ((std::uint64_t{1} << form.bits) - 1), form.bits / 4);
  } else {
    for (unsigned at = 0; at < form.bits; at += 8) {
      const unsigned shift = form.name == "big" ? form.bits - 8 - at : at;
      out += static_cast<char>((bits >> shift) & 0xff);
    }
  }
}

void put_time(std::string& out, std::string_view modifier, std::int64_t ms) {
  if (modifier == "rfc3339")
    out += rfc3339(ms);
  else if (modifier.starts_with(kStrftime))
    out += strftime_utc(ms, std::string(modifier.substr(kStrftime.size(), modifier.size() - kStrftime.size() - 1)));
  else
    put_number(out, modifier, ms);
}

std::int64_t length_of(std::optional<ByteView> bytes) { return bytes ? static_cast<std::int64_t>(bytes->size()) : 0; }

void put_headers(std::string& out, const std::vector<FormatPart>& parts, const record::HeaderRange& headers) {
  for (const record::HeaderView header : headers) {
    for (const FormatPart& part : parts) {
      switch (part.verb) {
        case Verb::key: put_text(out, part.modifier, as_bytes(header.key)); break;
        case Verb::key_length: put_number(out, part.modifier, static_cast<std::int64_t>(header.key.size())); break;
        case Verb::value: put_text(out, part.modifier, header.value); break;
        case Verb::value_length: put_number(out, part.modifier, length_of(header.value)); break;
        default: out += part.text;
      }
    }
  }
}

}  // namespace

Result<RecordFormat> RecordFormat::parse(std::string_view format) {
  auto parts = Parser(format, Inside::record).run();
  if (!parts) return fail_with(std::move(parts));
  RecordFormat parsed;
  parsed.parts_ = *std::move(parts);
  return parsed;
}

void RecordFormat::render(std::string& out, const client::ConsumedRecord& consumed, std::int64_t number) const {
  const record::RecordView& record = consumed.record;
  const std::string_view topic = consumed.topic;
  for (const FormatPart& part : parts_) {
    switch (part.verb) {
      case Verb::literal: out += part.text; break;
      case Verb::topic: put_text(out, part.modifier, as_bytes(topic)); break;
      case Verb::topic_length: put_number(out, part.modifier, static_cast<std::int64_t>(topic.size())); break;
      case Verb::partition: put_number(out, part.modifier, consumed.partition); break;
      case Verb::offset: put_number(out, part.modifier, record.offset.value); break;
      case Verb::leader_epoch: put_number(out, part.modifier, consumed.batch->leader_epoch.value); break;
      case Verb::timestamp: put_time(out, part.modifier, record.timestamp); break;
      case Verb::key: put_text(out, part.modifier, record.key); break;
      case Verb::key_length: put_number(out, part.modifier, length_of(record.key)); break;
      case Verb::value: put_text(out, part.modifier, record.value); break;
      case Verb::value_length: put_number(out, part.modifier, length_of(record.value)); break;
      case Verb::headers: put_headers(out, part.inner, record.headers); break;
      case Verb::header_count: put_number(out, part.modifier, static_cast<std::int64_t>(record.headers.size())); break;
      case Verb::producer_id: put_number(out, part.modifier, consumed.batch->producer_id.value); break;
      case Verb::producer_epoch: put_number(out, part.modifier, consumed.batch->producer_epoch); break;
      case Verb::number: put_number(out, part.modifier, number); break;
    }
  }
}

}  // namespace streamline::cli
