// A FileDescriptorSet is itself Protobuf: the few of its fields that are needed, by their numbers in descriptor.proto.
#include <fmt/format.h>

#include "schemas/proto_schema.h"
#include "schemas/proto_wire.h"

namespace streamline::cli {

namespace {

constexpr int kDeepest = 100;

/// Calls `each` with every field of a message.
template <class Each>
Status for_each_part(ByteView bytes, const Each& each) {
  Reader reader(bytes);
  while (!reader.empty()) {
    auto part = next_part(reader);
    if (!part) return fail_with(std::move(part));
    if (auto done = each(*part); !done) return done;
  }
  return {};
}

std::string text_of(const ProtoPart& part) { return std::string(as_text(part.bytes)); }

Result<ProtoField> field_of(ByteView bytes) {
  constexpr std::uint64_t kRepeated = 3;
  constexpr std::uint64_t kLastKind = 18;
  ProtoField field;
  std::string json_name;
  std::uint64_t kind = 0;
  auto read = for_each_part(bytes, [&](const ProtoPart& part) {
    if (part.number == 1) field.name = text_of(part);
    if (part.number == 3) field.number = static_cast<std::uint32_t>(part.value);
    if (part.number == 4 && part.value == kRepeated) field.count = ProtoCount::many;
    if (part.number == 5) kind = part.value;
    if (part.number == 6) field.type_name = text_of(part);
    if (part.number == 9) field.oneof = static_cast<std::int64_t>(part.value);
    if (part.number == 10) json_name = text_of(part);
    return Status{};
  });
  if (!read) return fail_with(std::move(read));
  if (kind > kLastKind || (kind == 0 && field.type_name.empty()))
    return fail(Errc::malformed, fmt::format("field '{}' is of no type that there is", field.name));
  field.kind = static_cast<ProtoKind>(kind);
  field.plain_name = field.name;
  field.name = json_name.empty() ? proto_json_name(field.name) : json_name;
  return field;
}

std::string joined(const std::string& scope, const std::string& name) { return scope.empty() ? name : scope + "." + name; }

class Descriptors {
 public:
  explicit Descriptors(ProtoSchema& schema) : schema_(schema) {}

  Status file(ByteView bytes) {
    std::string package;
    auto named = for_each_part(bytes, [&](const ProtoPart& part) {
      if (part.number == 2) package = text_of(part);
      return Status{};
    });
    if (!named) return named;
    schema_.outermost.clear();
    return for_each_part(bytes, [&](const ProtoPart& part) -> Status {
      if (part.number == 5) return enumeration(part.bytes, package);
      if (part.number != 4) return {};
      auto index = message(part.bytes, package, 0);
      if (!index) return fail_with(std::move(index));
      schema_.outermost.push_back(*index);
      return {};
    });
  }

 private:
  Result<std::size_t> message(ByteView bytes, const std::string& scope, int depth) {
    if (depth > kDeepest) return fail(Errc::malformed, "messages nest too deep");
    ProtoMessage message;
    std::vector<ByteView> inner;
    std::vector<ByteView> enums;
    auto read = for_each_part(bytes, [&](const ProtoPart& part) -> Status {
      if (part.number == 1) message.name = joined(scope, text_of(part));
      if (part.number == 3) inner.push_back(part.bytes);
      if (part.number == 4) enums.push_back(part.bytes);
      if (part.number == 7) return options(part.bytes, message);
      if (part.number != 2) return {};
      auto field = field_of(part.bytes);
      if (!field) return fail_with(std::move(field));
      message.fields[field->number] = *std::move(field);
      return {};
    });
    if (!read) return fail_with(std::move(read));
    const std::string name = message.name;
    const std::size_t index = schema_.add(std::move(message));
    for (const ByteView each : enums) {
      if (auto done = enumeration(each, name); !done) return fail_with(std::move(done));
    }
    for (const ByteView each : inner) {
      auto below = this->message(each, name, depth + 1);
      if (!below) return below;
      schema_.message(index).inner.push_back(*below);
    }
    return index;
  }
  static Status options(ByteView bytes, ProtoMessage& message) {
    constexpr std::uint32_t kMapEntry = 7;
    return for_each_part(bytes, [&](const ProtoPart& part) {
      if (part.number == kMapEntry && part.value == 1) message.role = ProtoRole::map_entry;
      return Status{};
    });
  }
  Status enumeration(ByteView bytes, const std::string& scope) {
    ProtoEnum enumeration;
    auto read = for_each_part(bytes, [&](const ProtoPart& part) -> Status {
      if (part.number == 1) enumeration.name = joined(scope, text_of(part));
      if (part.number != 2) return {};
      std::string name;
      std::int32_t number = 0;
      auto value = for_each_part(part.bytes, [&](const ProtoPart& inside) {
        if (inside.number == 1) name = text_of(inside);
        if (inside.number == 2) number = static_cast<std::int32_t>(inside.value);
        return Status{};
      });
      enumeration.add(name, number);
      return value;
    });
    schema_.add(std::move(enumeration));
    return read;
  }

  ProtoSchema& schema_;
};

}  // namespace

Result<ProtoSchema> parse_descriptors(ByteView bytes) {
  ProtoSchema schema;
  Descriptors descriptors(schema);
  auto read = for_each_part(bytes, [&](const ProtoPart& part) { return part.number == 1 ? descriptors.file(part.bytes) : Status{}; });
  if (!read) return fail_with(std::move(read));
  if (schema.outermost.empty()) return fail(Errc::malformed, "it describes no message");
  if (auto linked = schema.link(); !linked) return fail_with(std::move(linked));
  return schema;
}

}  // namespace streamline::cli
