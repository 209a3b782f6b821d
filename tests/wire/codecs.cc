// The rows for every generated message, and for the two headers, which are written by hand.
#include "wire/codecs.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/all_messages.h"
#include "wire/frame.h"

namespace streamline::wire {

namespace {

template <class Message>
std::vector<std::byte> encoded(const Message& message, std::int16_t version) {
  std::vector<std::byte> bytes(message.encoded_size(version));
  Writer out(bytes);
  message.encode(out, version);
  SL_ASSERT(out.written() == bytes.size());
  return bytes;
}

template <class Message>
Status decode_only(Reader& in, std::int16_t version, Arena& arena) {
  const auto message = Message::decode(in, version, arena);
  if (!message) return fail(message.error().code, message.error().text);
  return {};
}

template <class Message>
Result<std::vector<std::byte>> decode_and_encode(Reader& in, std::int16_t version, Arena& arena) {
  const auto message = Message::decode(in, version, arena);
  if (!message) return fail(message.error().code, message.error().text);
  return encoded(*message, version);
}

// A request header is read from a whole frame; this reads it as a message that fills its frame.
struct HeaderAsMessage : RequestHeader {
  static Result<RequestHeader> decode(Reader& in, std::int16_t version, Arena& arena) {
    return RequestHeader::decode(in.raw(in.remaining()), version, arena);
  }
};

template <class Message>
Codec row() {
  return {Message::kName, Message::kMinVersion, Message::kMaxVersion, decode_only<Message>, decode_and_encode<Message>};
}

std::vector<Codec> all_rows() {
  std::vector<Codec> rows;
#define ADD_ROW(Message) rows.push_back(row<Message>());
  STREAMLINE_ALL_MESSAGES(ADD_ROW)
#undef ADD_ROW
  rows.push_back({"RequestHeader", 0, 2, decode_only<HeaderAsMessage>, decode_and_encode<HeaderAsMessage>});
  rows.push_back({"ResponseHeader", 0, 1, decode_only<ResponseHeader>, decode_and_encode<ResponseHeader>});
  std::ranges::sort(rows, {}, &Codec::name);
  return rows;
}

}  // namespace

std::span<const Codec> codecs() {
  static const std::vector<Codec> rows = all_rows();
  return rows;
}

const Codec* find_codec(std::string_view name) {
  const auto rows = codecs();
  const auto at = std::ranges::lower_bound(rows, name, {}, &Codec::name);
  return at != rows.end() && at->name == name ? &*at : nullptr;
}

}  // namespace streamline::wire
