// The header is Confluent's: a zero, the schema's id in four bytes, and for Protobuf the way to the message in its file. The id is passed
// over: the schema is the one that was given.
#include "records/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "input_file.h"
#include "schemas/avro_decoder.h"
#include "schemas/avro_encoder.h"
#include "schemas/proto_decoder.h"
#include "schemas/proto_encoder.h"
#include "schemas/proto_files.h"
#include "schemas/reader.h"
#include "suggestion.h"

namespace streamline::cli {

namespace {

constexpr std::string_view kRegistry = "registry-";
constexpr std::array<std::string_view, 4> kSchemaWords = {"avro", "protobuf", "registry-avro", "registry-protobuf"};

Status take_header(ByteView& bytes) {
  constexpr std::size_t kHeaderBytes = 5;
  if (bytes.size() < kHeaderBytes || bytes[0] != std::byte{0})
    return fail(Errc::malformed, "there is no header of a schema registry before the value");
  bytes = bytes.subspan(kHeaderBytes);
  return {};
}

}  // namespace

std::vector<std::string> schema_words() { return {kSchemaWords.begin(), kSchemaWords.end()}; }

Result<Decoder> Decoder::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  std::string_view word = text.substr(0, colon);
  const bool has_schema = std::ranges::find(kSchemaWords, word) != kSchemaWords.end();
  if (!has_schema) {
    auto decoding = parse_decoding(text);
    if (decoding) return Decoder(*decoding);
    auto words = decoding_words();
    for (const std::string_view each : kSchemaWords) words.emplace_back(each);
    return fail(Errc::invalid_argument, fmt::format("'{}' is no decoding{}; choose one of {}, or avro:FILE, protobuf:FILE#MESSAGE, "
                                                    "registry-avro:FILE, registry-protobuf:FILE#MESSAGE",
                                                    text, suggestion(word, words), fmt::join(decoding_words(), ", ")));
  }
  const std::string_view place = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (place.empty()) return fail(Errc::invalid_argument, fmt::format("'{}' needs a schema: {}:FILE", text, word));
  Header header = Header::none;
  if (word.starts_with(kRegistry)) {
    header = Header::registry;
    word.remove_prefix(kRegistry.size());
  }
  auto decoder = word == "avro" ? avro(std::string(place)) : protobuf(place, header);
  if (decoder) decoder->header_ = header;
  return decoder;
}

Result<Decoder> Decoder::avro(const std::string& file) {
  auto text = read_input(file);
  if (!text) return fail_with(std::move(text));
  auto schema = AvroSchema::parse(*text);
  if (!schema) return fail(schema.error().code, fmt::format("{}: {}", file, schema.error().text));
  Decoder decoder;
  decoder.kind_ = Kind::avro;
  decoder.avro_ = std::make_shared<const AvroSchema>(*std::move(schema));
  return decoder;
}

Result<Decoder> Decoder::protobuf(std::string_view place, Header header) {
  const std::size_t hash = place.rfind('#');
  const std::string file(place.substr(0, hash));
  const std::string_view name = hash == std::string_view::npos ? std::string_view() : place.substr(hash + 1);
  Decoder decoder;
  decoder.kind_ = Kind::protobuf;
  if (file.ends_with(".proto")) {
    auto schema = load_proto_files(file);
    if (!schema) return fail_with(std::move(schema));
    decoder.proto_ = std::make_shared<const ProtoSchema>(*std::move(schema));
  } else {
    auto bytes = read_input(file);
    if (!bytes) return fail_with(std::move(bytes));
    auto schema = parse_descriptors(as_bytes(*bytes));
    if (!schema)
      return fail(schema.error().code, fmt::format("{} is neither a .proto file nor a descriptor set: {}", file, schema.error().text));
    decoder.proto_ = std::make_shared<const ProtoSchema>(*std::move(schema));
  }
  if (name.empty() && header == Header::registry) return decoder;
  auto message = decoder.proto_->find(name);
  if (!message) return fail(message.error().code, fmt::format("{}: {}", file, message.error().text));
  decoder.message_ = *message;
  return decoder;
}

Result<std::size_t> Decoder::take_indexes(ByteView& bytes) const {
  Reader reader(bytes);
  auto count = reader.number();
  if (!count) return fail_with(std::move(count));
  // The short form of "the first message of the file".
  if (*count == 0) {
    bytes = reader.rest();
    return proto_->outermost.front();
  }
  const std::int64_t steps = unzigzag(*count);
  const std::vector<std::size_t>* level = &proto_->outermost;
  std::size_t message = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    auto step = reader.number();
    if (!step) return fail_with(std::move(step));
    const std::int64_t index = unzigzag(*step);
    if (index < 0 || static_cast<std::uint64_t>(index) >= level->size())
      return fail(Errc::malformed, fmt::format("the header names message {} of {}", index, level->size()));
    message = (*level)[static_cast<std::size_t>(index)];
    level = &proto_->message(message).inner;
  }
  if (steps <= 0) return fail(Errc::malformed, "the header names no message");
  bytes = reader.rest();
  return message;
}

Result<Parsed> Decoder::decode(ByteView bytes) const {
  if (kind_ == Kind::word) return streamline::cli::decode(bytes, decoding_);
  if (header_ == Header::registry) {
    if (auto taken = take_header(bytes); !taken) return fail_with(std::move(taken));
  }
  if (kind_ == Kind::avro) return decode_avro(bytes, *avro_);
  std::size_t message = message_.value_or(0);
  if (header_ == Header::registry) {
    auto named = take_indexes(bytes);
    if (!named) return fail_with(std::move(named));
    if (!message_) message = *named;
  }
  return decode_proto(bytes, *proto_, message);
}

Status Decoder::can_encode(std::optional<std::int32_t> schema_id) const {
  if (kind_ == Kind::word && decoding_ != Decoding::json && decoding_ != Decoding::msgpack && decoding_ != Decoding::cbor)
    return fail(Errc::invalid_argument, "only json, msgpack, cbor, avro:FILE and protobuf:FILE#MESSAGE are written");
  if ((header_ == Header::registry) != schema_id.has_value())
    return fail(Errc::invalid_argument, "--schema-id is what the header of registry-avro and registry-protobuf holds: give both or none");
  if (kind_ == Kind::protobuf && !message_) return fail(Errc::invalid_argument, "say which message it is behind a #");
  return {};
}

std::string Decoder::indexes() const {
  // Depth first; the way to a message is short.
  std::vector<std::size_t> way;
  const auto leads = [&](const auto& self, const std::vector<std::size_t>& level) -> bool {
    for (std::size_t i = 0; i < level.size(); ++i) {
      way.push_back(i);
      if (level[i] == *message_ || self(self, proto_->message(level[i]).inner)) return true;
      way.pop_back();
    }
    return false;
  };
  if (!leads(leads, proto_->outermost) || (way.size() == 1 && way[0] == 0)) return std::string(1, '\0');
  std::string bytes;
  const auto put = [&](std::size_t number) {
    std::array<std::byte, kMaxVarint64Bytes> room{};
    bytes += as_text(ByteView(room).first(write_varint64(room.data(), static_cast<std::int64_t>(number))));
  };
  put(way.size());
  for (const std::size_t step : way) put(step);
  return bytes;
}

Result<std::string> Decoder::encode(const Json& value, std::int32_t schema_id) const {
  std::string header;
  if (header_ == Header::registry) {
    std::array<std::byte, 4> id{};
    store_be(id.data(), schema_id);
    header = '\0' + std::string(as_text(id)) + (kind_ == Kind::protobuf ? indexes() : "");
  }
  Result<std::string> encoded;
  if (kind_ == Kind::avro) {
    encoded = encode_avro(value, *avro_);
  } else if (kind_ == Kind::protobuf) {
    encoded = encode_proto(value, *proto_, message_.value_or(0));
  } else if (decoding_ == Decoding::json) {
    encoded = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else {
    const std::vector<std::uint8_t> bytes = decoding_ == Decoding::msgpack ? Json::to_msgpack(value) : Json::to_cbor(value);
    encoded = std::string(bytes.begin(), bytes.end());
  }
  if (encoded) encoded->insert(0, header);
  return encoded;
}

}  // namespace streamline::cli
