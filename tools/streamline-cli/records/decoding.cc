// One decoder for each word.
#include "records/decoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "output/text.h"
#include "suggestion.h"

namespace streamline::cli {

namespace {

struct Word {
  std::string_view word;
  Decoding decoding;
};
constexpr std::array kWords = {
    Word{"text", Decoding::text},      Word{"hex", Decoding::hex},     Word{"base64", Decoding::base64}, Word{"int8", Decoding::int8},
    Word{"int16", Decoding::int16},    Word{"int32", Decoding::int32}, Word{"int64", Decoding::int64},   Word{"float", Decoding::float32},
    Word{"double", Decoding::float64}, Word{"uuid", Decoding::uuid},   Word{"json", Decoding::json},     Word{"msgpack", Decoding::msgpack},
    Word{"cbor", Decoding::cbor},
};

std::unexpected<Error> wrong_size(ByteView bytes, std::string_view kind, std::size_t wanted) {
  return fail(Errc::malformed, fmt::format("{} bytes are no {}, which has {}", bytes.size(), kind, wanted));
}

template <class Number>
Result<Parsed> integer(ByteView bytes, std::string_view kind) {
  if (bytes.size() != sizeof(Number)) return wrong_size(bytes, kind, sizeof(Number));
  return Parsed{Json(load_be<Number>(bytes.data()))};
}

template <class Bits, class Number>
Result<Parsed> real(ByteView bytes, std::string_view kind) {
  if (bytes.size() != sizeof(Bits)) return wrong_size(bytes, kind, sizeof(Bits));
  const auto number = std::bit_cast<Number>(load_be<Bits>(bytes.data()));
  // JSON has no word for these.
  if (!std::isfinite(number)) return Parsed{Json(fmt::format("{}", number))};
  return Parsed{Json(number)};
}

/// 16 bytes, or the text form, which Kafka's own serializer writes.
Result<Parsed> uuid(ByteView bytes) {
  constexpr std::size_t kBytes = 16;
  constexpr std::size_t kTextBytes = 36;
  if (bytes.size() == kTextBytes) return Parsed{Json(std::string(as_text(bytes)))};
  if (bytes.size() != kBytes) return wrong_size(bytes, "UUID", kBytes);
  const std::string digits = hex(bytes);
  return Parsed{Json(fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4), digits.substr(16, 4),
                                 digits.substr(20)))};
}

/// Bytes that are no text get a wrapping that says so.
Json text_or_base64(ByteView bytes) {
  if (is_utf8(bytes)) return Json(std::string(as_text(bytes)));
  Json wrapped = Json::object();
  wrapped["base64"] = base64(bytes);
  return wrapped;
}

}  // namespace

std::vector<std::string> decoding_words() {
  std::vector<std::string> words;
  for (const Word& word : kWords) words.emplace_back(word.word);
  return words;
}

Result<Decoding> parse_decoding(std::string_view word) {
  const auto found = std::ranges::find(kWords, word, &Word::word);
  if (found != kWords.end()) return found->decoding;
  const auto words = decoding_words();
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no decoding{}; choose one of {}", word, suggestion(word, words), fmt::join(words, ", ")));
}

Result<Parsed> decode(ByteView bytes, Decoding decoding) {
  switch (decoding) {
    case Decoding::text: return Parsed{text_or_base64(bytes)};
    case Decoding::hex: return Parsed{Json(hex(bytes))};
    case Decoding::base64: return Parsed{Json(base64(bytes))};
    case Decoding::int8: return integer<std::int8_t>(bytes, "int8");
    case Decoding::int16: return integer<std::int16_t>(bytes, "int16");
    case Decoding::int32: return integer<std::int32_t>(bytes, "int32");
    case Decoding::int64: return integer<std::int64_t>(bytes, "int64");
    case Decoding::float32: return real<std::uint32_t, float>(bytes, "float");
    case Decoding::float64: return real<std::uint64_t, double>(bytes, "double");
    case Decoding::uuid: return uuid(bytes);
    case Decoding::json: return parse_json(bytes);
    case Decoding::msgpack: return parse_json(bytes, JsonForm::msgpack);
    case Decoding::cbor: return parse_json(bytes, JsonForm::cbor);
  }
  return fail(Errc::unsupported, "unknown decoding");
}

}  // namespace streamline::cli
