// Decoder: what --decode-key and --decode-value ask for, with the schema that it needs; and the way back, for --encode-key and
// --encode-value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "records/decoding.h"

namespace streamline::cli {

class AvroSchema;
class ProtoSchema;

/// Copies share one schema: what selects records and what prints them both decode. Several threads may decode.
class Decoder {
 public:
  /// A word of decoding.h; avro:FILE; protobuf:FILE#MESSAGE, of a .proto file or a descriptor set; registry-avro and registry-protobuf
  /// where the schema registry's header stands before the value. invalid_argument for another word or message, else what is wrong with
  /// the file.
  static Result<Decoder> parse(std::string_view text);
  explicit Decoder(Decoding decoding = Decoding::json) : decoding_(decoding) {}

  /// malformed when the bytes are none, or when the header that was asked for is missing.
  Result<Parsed> decode(ByteView bytes) const;

  /// Nothing when encode() can do it with or without a schema's id; invalid_argument says what else is needed.
  Status can_encode(std::optional<std::int32_t> schema_id) const;
  /// malformed says where the value does not fit the schema. `schema_id` goes into the registry's header.
  Result<std::string> encode(const Json& value, std::int32_t schema_id) const;

 private:
  enum class Kind : std::uint8_t { word, avro, protobuf };
  enum class Header : std::uint8_t { none, registry };
  static Result<Decoder> avro(const std::string& file);
  static Result<Decoder> protobuf(std::string_view place, Header header);
  /// Which message the header means.
  Result<std::size_t> take_indexes(ByteView& bytes) const;
  /// The way to `message_`, as the header has it.
  std::string indexes() const;

  Kind kind_ = Kind::word;
  Decoding decoding_ = Decoding::json;
  Header header_ = Header::none;
  std::shared_ptr<const AvroSchema> avro_;
  std::shared_ptr<const ProtoSchema> proto_;
  /// None: the header says it.
  std::optional<std::size_t> message_;
};

/// The words before the colon, for help and completion.
std::vector<std::string> schema_words();

}  // namespace streamline::cli
