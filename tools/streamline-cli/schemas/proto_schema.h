// ProtoSchema: the messages and enums of Protobuf files. Source: descriptor.proto and the language specification.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::cli {

/// Numbered as in descriptor.proto; `named` is a message or enum until link() has looked.
enum class ProtoKind : std::uint8_t {
  named = 0,
  float64 = 1,
  float32 = 2,
  int64 = 3,
  uint64 = 4,
  int32 = 5,
  fixed64 = 6,
  fixed32 = 7,
  boolean = 8,
  string = 9,
  group = 10,
  message = 11,
  bytes = 12,
  uint32 = 13,
  enumeration = 14,
  sfixed32 = 15,
  sfixed64 = 16,
  sint32 = 17,
  sint64 = 18,
};
enum class ProtoCount : std::uint8_t { one, many };

struct ProtoField {
  std::uint32_t number = 0;
  /// As in JSON.
  std::string name{};
  /// As in the file.
  std::string plain_name{};
  ProtoKind kind = ProtoKind::named;
  ProtoCount count = ProtoCount::one;
  /// Of a message or enum, as the file writes it.
  std::string type_name{};
  /// Where that is; set by link().
  std::size_t type = 0;
  /// Number of the oneof that it is in.
  std::optional<std::int64_t> oneof{};
};

enum class ProtoRole : std::uint8_t { message, map_entry };

struct ProtoMessage {
  /// With package and outer messages, without a dot in front.
  std::string name{};
  std::map<std::uint32_t, ProtoField> fields{};
  /// Messages inside, in their order.
  std::vector<std::size_t> inner{};
  ProtoRole role = ProtoRole::message;
};

struct ProtoEnum {
  std::string name{};
  /// Of several names for a number the first.
  std::map<std::int32_t, std::string> values{};
  std::map<std::string, std::int32_t, std::less<>> numbers{};
  void add(const std::string& value, std::int32_t number) {
    values.try_emplace(number, value);
    numbers.try_emplace(value, number);
  }
};

class ProtoSchema {
 public:
  std::size_t add(ProtoMessage message);
  void add(ProtoEnum enumeration) { enums_.push_back(std::move(enumeration)); }
  /// Finds every type that is named. malformed names the one that is not there.
  Status link();

  const ProtoMessage& message(std::size_t index) const { return messages_[index]; }
  ProtoMessage& message(std::size_t index) { return messages_[index]; }
  const ProtoEnum& enumeration(std::size_t index) const { return enums_[index]; }
  /// By full name, or by the last part of it where that is enough; the only one of the file where `name` is empty. invalid_argument names
  /// those that there are.
  Result<std::size_t> find(std::string_view name) const;
  /// Messages of the file itself, not those that it imports, in their order.
  std::vector<std::size_t> outermost{};

 private:
  std::vector<ProtoMessage> messages_;
  std::vector<ProtoEnum> enums_;
};

/// A FileDescriptorSet, as protoc -o writes it; the last file in it is the file itself. malformed.
Result<ProtoSchema> parse_descriptors(ByteView bytes);
/// A name in lowerCamelCase, as Protobuf's JSON has it.
std::string proto_json_name(std::string_view name);

}  // namespace streamline::cli
