// Every message as a row: its name, its versions, and "decode, then encode again", so that tests and fuzzers can loop over them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "wire/reader.h"

namespace streamline::wire {

struct Codec {
  std::string_view name;
  std::int16_t min = 0;
  std::int16_t max = 0;
  /// Decodes and drops the value.
  Status (*decode)(Reader& in, std::int16_t version, Arena& arena) = nullptr;
  /// Decodes, and gives the value's own encoding, whose size was known before.
  Result<std::vector<std::byte>> (*again)(Reader& in, std::int16_t version, Arena& arena) = nullptr;
};

/// All messages and both headers, sorted by name.
std::span<const Codec> codecs();
/// The codec of that name, or null.
const Codec* find_codec(std::string_view name);

}  // namespace streamline::wire
