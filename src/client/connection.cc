// Frames, and the first exchange on a connection: ApiVersions.
#include "client/connection.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/error_code.h"
#include "wire/messages/api_versions.h"

namespace streamline::client {

namespace {

const wire::ApiVersions& api_of(std::int16_t api_key) {
  const wire::ApiVersions* api = wire::find_api(api_key);
  SL_ASSERT(api != nullptr);
  return *api;
}

}  // namespace

Result<Connection> Connection::open(const Address& address, const ConnectionOptions& options) {
  auto socket = Socket::connect(address, deadline_in(options.connect_timeout), options.cancel_fd);
  if (!socket) return fail_with(std::move(socket));
  Connection connection(*std::move(socket), address, options);
  if (auto negotiated = connection.negotiate(); !negotiated) return fail_with(std::move(negotiated));
  return connection;
}

Status Connection::negotiate() {
  using Request = wire::ApiVersionsRequest;
  using Response = wire::ApiVersionsResponse;
  Request request;
  request.client_software_name = "streamline";
  request.client_software_version = "0.1";
  std::int16_t version = Request::kMaxVersion;
  while (true) {
    if (auto sent = write_as(request, version); !sent) return sent;
    pending_.push_back({.api_key = Request::kApiKey,
                        .version = version,
                        .correlation_id = last_correlation_id_,
                        .deadline = deadline_in(options_.request_timeout)});
    Pending pending;
    auto frame = receive_frame(Request::kApiKey, pending);
    if (!frame) return fail_with(std::move(frame));
    // A broker that does not know this version answers in version 0 with error 35 (rule 4); the error comes first in every version.
    constexpr std::size_t kErrorAt = 4;
    const bool refused = frame->size() >= kErrorAt + 2 &&
                         load_be<std::int16_t>(frame->data() + kErrorAt) == static_cast<std::int16_t>(wire::ErrorCode::unsupported_version);
    auto reply = decode<Response>(*std::move(frame), refused ? std::int16_t{0} : version);
    if (!reply) return fail_with(std::move(reply));
    for (const auto& api : reply->body.api_keys) versions_[api.api_key] = {.lowest = api.min_version, .highest = api.max_version};
    if (!refused) break;
    const auto theirs = versions_.find(Request::kApiKey);
    const std::int16_t next = theirs == versions_.end() ? std::int16_t{0} : std::min(theirs->second.highest, Request::kMaxVersion);
    versions_.clear();
    if (next < 0 || next >= version)
      return fail(Errc::unsupported, fmt::format("{} refuses every ApiVersions request", to_string(address_)));
    version = next;
  }
  return {};
}

Result<std::int16_t> Connection::version_of(std::int16_t api_key, VersionRange ours) const {
  const auto found = versions_.find(api_key);
  const VersionRange theirs = found == versions_.end() ? VersionRange{} : found->second;
  const std::int16_t version = std::min(ours.highest, theirs.highest);
  if (version >= std::max(ours.lowest, theirs.lowest)) return version;
  return fail(Errc::unsupported, fmt::format("{} speaks {} in versions {} to {}, this client in {} to {}", to_string(address_),
                                             api_of(api_key).name, theirs.lowest, theirs.highest, ours.lowest, ours.highest));
}

MutableBytes Connection::start_frame(std::int16_t api_key, std::int16_t version, std::size_t body_bytes) {
  wire::RequestHeader header;
  header.api_key = api_key;
  header.api_version = version;
  header.correlation_id = ++last_correlation_id_;
  header.client_id = options_.client_id;
  const std::int16_t header_version = wire::request_header_version(api_of(api_key), version);
  const std::size_t header_bytes = header.encoded_size(header_version);
  out_.resize(wire::kFrameSizeBytes + header_bytes + body_bytes);
  store_be(out_.data(), static_cast<std::int32_t>(header_bytes + body_bytes));
  wire::Writer out(MutableBytes(out_).subspan(wire::kFrameSizeBytes, header_bytes));
  header.encode(out, header_version);
  return MutableBytes(out_).subspan(wire::kFrameSizeBytes + header_bytes);
}

Status Connection::send_frame() { return socket_.send_all(out_, deadline_in(options_.request_timeout)); }

Result<std::vector<std::byte>> Connection::receive_frame(std::int16_t api_key, Pending& pending) {
  SL_ASSERT(!pending_.empty() && pending_.front().api_key == api_key);
  pending = pending_.front();
  pending_.pop_front();
  std::byte size_bytes[wire::kFrameSizeBytes];
  if (auto received = socket_.receive(size_bytes, pending.deadline); !received) return fail_with(std::move(received));
  const auto size = load_be<std::int32_t>(size_bytes);
  if (size < 4 || static_cast<std::size_t>(size) > options_.max_response_bytes) {
    return fail(Errc::malformed, fmt::format("{} announces a response of {} bytes; is it a Kafka listener?", to_string(address_), size));
  }
  std::vector<std::byte> frame(static_cast<std::size_t>(size));
  if (auto received = socket_.receive(frame, pending.deadline); !received) return fail_with(std::move(received));
  const auto correlation_id = load_be<std::int32_t>(frame.data());
  if (correlation_id != pending.correlation_id) {
    return fail(Errc::malformed,
                fmt::format("{} answered request {} where {} was due", to_string(address_), correlation_id, pending.correlation_id));
  }
  return frame;
}

Status Connection::skip_header(wire::Reader& in, std::int16_t api_key, std::int16_t version, Arena& arena) const {
  auto header = wire::ResponseHeader::decode(in, wire::response_header_version(api_of(api_key), version), arena);
  if (header) return {};
  return fail(Errc::malformed, fmt::format("response header from {}: {}", to_string(address_), header.error().text));
}

}  // namespace streamline::client
