// Encoders and readers of wire.h, field by field as the protocol guide lists them.
#include "common/wire.h"

namespace streamline::bench {

namespace {
constexpr std::string_view kClientId = "bench";
constexpr std::int32_t kProduceTimeoutMs = 30000;

Result<PartitionAnswer> checked(const Reader& reader, const PartitionAnswer& answer) {
  if (!reader.ok()) return fail(Errc::malformed, "response ends too early");
  return answer;
}
}  // namespace

Writer& Writer::raw(ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::uvarint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>(value | 0x80));
  bytes_.push_back(static_cast<std::byte>(value));
  return *this;
}

Writer& Writer::string(std::string_view text) { return put(static_cast<std::int16_t>(text.size())).raw(as_bytes(text)); }

Writer& Writer::compact_string(std::string_view text) { return uvarint(text.size() + 1).raw(as_bytes(text)); }

ByteView Reader::take(std::size_t count) {
  if (!ok_ || count > bytes_.size()) {
    ok_ = false;
    return {};
  }
  const ByteView taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

std::uint64_t Reader::uvarint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(get<std::int8_t>());
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  ok_ = false;
  return 0;
}

std::string_view Reader::string() {
  const auto length = get<std::int16_t>();
  return length <= 0 ? std::string_view() : as_text(take(static_cast<std::size_t>(length)));
}

std::string_view Reader::compact_string() {
  const std::uint64_t length = uvarint();
  return length <= 1 ? std::string_view() : as_text(take(static_cast<std::size_t>(length - 1)));
}

void Reader::skip_tags() {
  const std::uint64_t count = uvarint();
  for (std::uint64_t i = 0; i < count && ok_; ++i) {
    static_cast<void>(uvarint());
    static_cast<void>(take(static_cast<std::size_t>(uvarint())));
  }
}

void put_request_head(std::byte* at, const Request& request, std::int32_t correlation_id) {
  store_be(at, static_cast<std::int32_t>(kRequestHead - 4 + request.rest.size()));
  store_be(at + 4, request.key);
  store_be(at + 6, request.version);
  store_be(at + 8, correlation_id);
}

Request encode_produce(const ProduceSpec& spec, ByteView batch) {
  Writer out;
  out.string(kClientId).no_tags();
  out.uvarint(0).put(spec.acks).put(kProduceTimeoutMs);  // no transactional id
  out.uvarint(2).compact_string(spec.topic).uvarint(2).put(spec.partition);
  out.uvarint(batch.size() + 1).raw(batch);
  out.no_tags().no_tags().no_tags();
  return {kProduceKey, kProduceVersion, std::move(out.bytes())};
}

Request encode_fetch(const FetchSpec& spec) {
  Writer out;
  out.string(kClientId).no_tags();
  out.put<std::int32_t>(-1).put(spec.max_wait_ms).put<std::int32_t>(1).put(spec.max_bytes).put<std::int8_t>(0);  // a client, read
                                                                                                                 // uncommitted
  out.put<std::int32_t>(0).put<std::int32_t>(-1);                                                                // no session
  out.uvarint(2).compact_string(spec.topic).uvarint(2).put(spec.partition);
  out.put<std::int32_t>(-1).put(spec.offset).put<std::int32_t>(-1).put<std::int64_t>(-1).put(spec.max_bytes);
  out.no_tags().no_tags();
  out.uvarint(1).compact_string("").no_tags();  // nothing forgotten, no rack
  return {kFetchKey, kFetchVersion, std::move(out.bytes())};
}

Request encode_commit(const CommitSpec& spec) {
  Writer out;
  out.string(kClientId).string(spec.group).put<std::int32_t>(-1).string("").put<std::int16_t>(-1);  // no generation, member, instance
  out.put<std::int32_t>(1).string(spec.topic).put<std::int32_t>(1).put(spec.partition);
  out.put(spec.offset).put<std::int32_t>(-1).string("");
  return {kCommitKey, kCommitVersion, std::move(out.bytes())};
}

Result<PartitionAnswer> read_produce_answer(ByteView body) {
  Reader in(body);
  static_cast<void>(in.get<std::int32_t>());  // correlation id: the caller's
  in.skip_tags();
  if (in.uvarint() != 2) return fail(Errc::malformed, "expected one topic in the Produce response");
  static_cast<void>(in.compact_string());
  if (in.uvarint() != 2) return fail(Errc::malformed, "expected one partition in the Produce response");
  static_cast<void>(in.get<std::int32_t>());
  PartitionAnswer answer;
  answer.error = in.get<std::int16_t>();
  answer.base_offset = in.get<std::int64_t>();
  return checked(in, answer);
}

Result<PartitionAnswer> read_fetch_answer(ByteView body) {
  Reader in(body);
  static_cast<void>(in.get<std::int32_t>());
  in.skip_tags();
  static_cast<void>(in.get<std::int32_t>());  // throttle time
  PartitionAnswer answer;
  answer.error = in.get<std::int16_t>();
  static_cast<void>(in.get<std::int32_t>());  // session
  if (answer.error != 0) return checked(in, answer);
  if (in.uvarint() != 2) return fail(Errc::malformed, "expected one topic in the Fetch response");
  static_cast<void>(in.compact_string());
  if (in.uvarint() != 2) return fail(Errc::malformed, "expected one partition in the Fetch response");
  static_cast<void>(in.get<std::int32_t>());
  answer.error = in.get<std::int16_t>();
  static_cast<void>(in.take(3 * sizeof(std::int64_t)));  // high watermark, last stable offset, log start
  if (const std::uint64_t aborted = in.uvarint(); aborted > 1) return fail(Errc::malformed, "aborted transactions in a plain log");
  static_cast<void>(in.get<std::int32_t>());  // preferred replica
  const std::uint64_t records = in.uvarint();
  answer.records_bytes = static_cast<std::size_t>(records == 0 ? 0 : records - 1);
  answer.records_at = body.size() - in.remaining().size();
  return checked(in, answer);
}

Result<PartitionAnswer> read_commit_answer(ByteView body) {
  Reader in(body);
  static_cast<void>(in.take(2 * sizeof(std::int32_t)));  // correlation id, throttle time
  if (in.get<std::int32_t>() != 1) return fail(Errc::malformed, "expected one topic in the OffsetCommit response");
  static_cast<void>(in.string());
  if (in.get<std::int32_t>() != 1) return fail(Errc::malformed, "expected one partition in the OffsetCommit response");
  static_cast<void>(in.get<std::int32_t>());
  PartitionAnswer answer;
  answer.error = in.get<std::int16_t>();
  return checked(in, answer);
}

}  // namespace streamline::bench
