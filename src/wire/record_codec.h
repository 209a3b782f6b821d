// Coordinator records and consumer protocol data: a message behind an int16. In a coordinator record's key the int16 is the
// record's type, everywhere else it is the version of what follows.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "wire/decode_error.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::wire {

/// The int16 in front: a key's record type, or a version.
inline Result<std::int16_t> decode_prefix(ByteView bytes) {
  Reader in(bytes);
  const std::int16_t prefix = in.int16();
  if (!in.ok()) return malformed("prefix", 0, in);
  return prefix;
}

template <class Message>
std::size_t prefixed_size(const Message& message, std::int16_t version) {
  return sizeof(std::int16_t) + message.encoded_size(version);
}

template <class Message>
void encode_prefixed(Writer& out, std::int16_t prefix, const Message& message, std::int16_t version) {
  out.int16(prefix);
  message.encode(out, version);
}

/// A record's value, or consumer protocol data: version, then the message.
template <class Message>
std::vector<std::byte> encode_versioned(const Message& message, std::int16_t version) {
  std::vector<std::byte> bytes(prefixed_size(message, version));
  Writer out(bytes);
  encode_prefixed(out, version, message, version);
  return bytes;
}
template <class Message>
Result<Message> decode_versioned(ByteView bytes, Arena& arena) {
  Reader in(bytes);
  const std::int16_t version = in.int16();
  if (!in.ok()) return malformed(Message::kName, 0, in);
  return Message::decode(in, version, arena);
}

/// A coordinator record's key: type, then the key, which has one version.
template <class Key>
std::vector<std::byte> encode_key(const Key& key) {
  std::vector<std::byte> bytes(prefixed_size(key, Key::kMaxVersion));
  Writer out(bytes);
  encode_prefixed(out, Key::kRecordType, key, Key::kMaxVersion);
  return bytes;
}
/// Errc::unsupported when the bytes are a key of another type.
template <class Key>
Result<Key> decode_key(ByteView bytes, Arena& arena) {
  Reader in(bytes);
  const std::int16_t type = in.int16();
  if (in.ok() && type != Key::kRecordType) return fail(Errc::unsupported, fmt::format("{} is not of type {}", Key::kName, type));
  return Key::decode(in, Key::kMaxVersion, arena);
}

}  // namespace streamline::wire
