// Decoding: bytes of keys and values as numbers, UUIDs, JSON, MessagePack or CBOR.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "output/json.h"

namespace streamline::cli {

/// Numbers are big-endian, as Kafka's own serializers write them.
enum class Decoding : std::uint8_t {
  text,
  hex,
  base64,
  int8,
  int16,
  int32,
  int64,
  float32,
  float64,
  uuid,
  json,
  msgpack,
  cbor,
};

/// Every word that parse_decoding() takes.
std::vector<std::string> decoding_words();
/// invalid_argument names the nearest word.
Result<Decoding> parse_decoding(std::string_view word);

/// malformed when the bytes are none. Text that is no UTF-8 becomes {"base64": "…"}.
Result<Parsed> decode(ByteView bytes, Decoding decoding);

}  // namespace streamline::cli
