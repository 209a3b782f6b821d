// Request and response headers. On the wire a frame is an int32 size, then a header, then a body; what is called a frame here
// comes without the size.
#pragma once

#include "wire/api_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::wire {

/// Bytes of the size before a frame.
inline constexpr std::size_t kFrameSizeBytes = 4;

/// What stands before a request's body. Views into the frame.
struct RequestHeader {
  std::int16_t api_key = 0;
  std::int16_t api_version = 0;
  std::int32_t correlation_id = 0;
  std::optional<std::string_view> client_id{};
  std::span<const UnknownTag> unknown_tags{};
  /// Bytes of the header: the body starts here.
  std::size_t size = 0;

  /// Reads header version 0 (no client id), 1, or 2 (with tagged fields; the client id stays an old string, rule 2).
  static Result<RequestHeader> decode(ByteView frame, std::int16_t header_version, Arena& arena);
  std::size_t encoded_size(std::int16_t header_version) const;
  void encode(Writer& out, std::int16_t header_version) const;
};

/// The header in the version that its key and version ask for. Errc::unsupported for a key that no schema has (the rest cannot
/// be understood then), Errc::malformed for bytes that do not parse. The API's version may be any.
Result<RequestHeader> decode_request_header(ByteView frame, Arena& arena);

/// What stands before a response's body.
struct ResponseHeader {
  std::int32_t correlation_id = 0;
  std::span<const UnknownTag> unknown_tags{};

  static Result<ResponseHeader> decode(Reader& in, std::int16_t header_version, Arena& arena);
  std::size_t encoded_size(std::int16_t header_version) const;
  void encode(Writer& out, std::int16_t header_version) const;
};

}  // namespace streamline::wire
