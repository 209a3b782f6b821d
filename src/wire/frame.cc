// Headers, read and written by hand: they are what every request pays for.
#include "wire/frame.h"

#include <string>

#include "wire/decode_error.h"
#include "wire/tags.h"

namespace streamline::wire {

namespace {

constexpr std::int16_t kFirstWithClientId = 1;
constexpr std::int16_t kFirstRequestWithTags = 2;
constexpr std::int16_t kFirstResponseWithTags = 1;

template <class Sink>
void put_request_header(Sink& out, const RequestHeader& header, std::int16_t version) {
  out.int16(header.api_key);
  out.int16(header.api_version);
  out.int32(header.correlation_id);
  if (version >= kFirstWithClientId) put_nullable_string(out, Encoding::classic, header.client_id);
  if (version >= kFirstRequestWithTags) put_unknown_tags(out, header.unknown_tags);
}

template <class Sink>
void put_response_header(Sink& out, const ResponseHeader& header, std::int16_t version) {
  out.int32(header.correlation_id);
  if (version >= kFirstResponseWithTags) put_unknown_tags(out, header.unknown_tags);
}

}  // namespace

Result<RequestHeader> RequestHeader::decode(ByteView frame, std::int16_t header_version, Arena& arena) {
  Reader in(frame);
  RequestHeader header;
  header.api_key = in.int16();
  header.api_version = in.int16();
  header.correlation_id = in.int32();
  if (header_version >= kFirstWithClientId) header.client_id = in.nullable_string(Encoding::classic);
  if (header_version >= kFirstRequestWithTags) header.unknown_tags = read_unknown_tags(in, arena);
  header.size = in.position();
  if (!in.ok()) return malformed("RequestHeader", header_version, in);
  return header;
}

std::size_t RequestHeader::encoded_size(std::int16_t header_version) const {
  SizeCounter counted;
  put_request_header(counted, *this, header_version);
  return counted.memory;
}

void RequestHeader::encode(Writer& out, std::int16_t header_version) const { put_request_header(out, *this, header_version); }

Result<RequestHeader> decode_request_header(ByteView frame, Arena& arena) {
  Reader in(frame);
  const std::int16_t key = in.int16();
  const std::int16_t version = in.int16();
  if (!in.ok()) return malformed("RequestHeader", 0, in);
  const ApiVersions* api = find_api(key);
  if (api == nullptr) return fail(Errc::unsupported, "unknown API key " + std::to_string(key));
  return RequestHeader::decode(frame, request_header_version(*api, version), arena);
}

Result<ResponseHeader> ResponseHeader::decode(Reader& in, std::int16_t header_version, Arena& arena) {
  ResponseHeader header;
  header.correlation_id = in.int32();
  if (header_version >= kFirstResponseWithTags) header.unknown_tags = read_unknown_tags(in, arena);
  if (!in.ok()) return malformed("ResponseHeader", header_version, in);
  return header;
}

std::size_t ResponseHeader::encoded_size(std::int16_t header_version) const {
  SizeCounter counted;
  put_response_header(counted, *this, header_version);
  return counted.memory;
}

void ResponseHeader::encode(Writer& out, std::int16_t header_version) const { put_response_header(out, *this, header_version); }

}  // namespace streamline::wire
