// Decoding of any bytes as a header and as any body.
#include "wire_input.h"

#include "base/assert.h"
#include "wire/frame.h"

namespace streamline::wire {

namespace {

constexpr std::size_t kSelectorBytes = 3;

void try_body(const Codec& codec, std::int16_t version, ByteView body) {
  Arena arena;
  Reader in(body);
  const auto first = codec.again(in, version, arena);
  if (!first) return;
  Reader from_ours(*first);
  const auto second = codec.again(from_ours, version, arena);
  SL_ASSERT(second.has_value() && *second == *first);
  SL_ASSERT(from_ours.remaining() == 0);
}

/// A frame as the broker sees it: a header, then the body that it names.
void try_frame(ByteView frame) {
  Arena arena;
  const auto header = decode_request_header(frame, arena);
  if (!header) return;
  SL_ASSERT(header->size <= frame.size());
  const ApiVersions* api = find_api(header->api_key);
  SL_ASSERT(api != nullptr);
  const Codec* codec = find_codec(std::string(api->name) + "Request");
  SL_ASSERT(codec != nullptr);
  try_body(*codec, header->api_version, frame.subspan(header->size));
}

}  // namespace

void try_wire_input(ByteView input) {
  try_frame(input);
  if (input.size() < kSelectorBytes) return;
  const auto index = load_be<std::uint16_t>(input.data()) % codecs().size();
  const Codec& codec = codecs()[index];
  const auto versions = static_cast<unsigned>(codec.max - codec.min + 1);
  const auto version = static_cast<std::int16_t>(codec.min + static_cast<int>(static_cast<unsigned>(input[2]) % versions));
  try_body(codec, version, input.subspan(kSelectorBytes));
}

std::vector<std::byte> wire_input(const Codec& codec, std::int16_t version, ByteView body) {
  std::vector<std::byte> input(kSelectorBytes);
  store_be(input.data(), static_cast<std::uint16_t>(&codec - codecs().data()));
  input[2] = static_cast<std::byte>(version - codec.min);
  input.insert(input.end(), body.begin(), body.end());
  return input;
}

}  // namespace streamline::wire
