// A file after the other; types are linked once all are there.
#include "schemas/proto_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>

#include "input_file.h"
#include "schemas/proto_known.h"
#include "schemas/proto_tokens.h"

namespace streamline::cli {

namespace {

constexpr int kDeepest = 100;
constexpr std::size_t kMostFiles = 1'000;
constexpr std::int64_t kMostNumber = (1 << 29) - 1;

struct Scalar {
  std::string_view word;
  ProtoKind kind;
};
constexpr std::array kScalars = {
    Scalar{"double", ProtoKind::float64},  Scalar{"float", ProtoKind::float32},     Scalar{"int32", ProtoKind::int32},
    Scalar{"int64", ProtoKind::int64},     Scalar{"uint32", ProtoKind::uint32},     Scalar{"uint64", ProtoKind::uint64},
    Scalar{"sint32", ProtoKind::sint32},   Scalar{"sint64", ProtoKind::sint64},     Scalar{"fixed32", ProtoKind::fixed32},
    Scalar{"fixed64", ProtoKind::fixed64}, Scalar{"sfixed32", ProtoKind::sfixed32}, Scalar{"sfixed64", ProtoKind::sfixed64},
    Scalar{"bool", ProtoKind::boolean},    Scalar{"string", ProtoKind::string},     Scalar{"bytes", ProtoKind::bytes},
};

std::string joined(const std::string& scope, const std::string& name) { return scope.empty() ? name : scope + "." + name; }

void set_type(ProtoField& field, const std::string& type) {
  const auto scalar = std::ranges::find(kScalars, std::string_view(type), &Scalar::word);
  if (scalar == kScalars.end())
    field.type_name = type;
  else
    field.kind = scalar->kind;
}

/// One file.
class ProtoParser {
 public:
  ProtoParser(ProtoSchema& schema, std::string_view text, const std::string& name) : schema_(schema), tokens_(text, name) {}

  Status run() {
    while (!tokens_.at_end()) {
      if (auto done = statement(); !done) return done;
    }
    return {};
  }
  const std::vector<std::string>& imports() const { return imports_; }
  const std::vector<std::size_t>& outermost() const { return outermost_; }

 private:
  Status statement() {
    if (tokens_.take_if(";")) return {};
    if (tokens_.is("import")) return import();
    if (tokens_.is("package")) {
      tokens_.take();
      auto name = tokens_.word("a package's name");
      if (!name) return fail_with(std::move(name));
      package_ = *std::move(name);
      return tokens_.expect(";");
    }
    if (tokens_.is("message")) {
      tokens_.take();
      auto index = message(package_, 0);
      if (!index) return fail_with(std::move(index));
      outermost_.push_back(*index);
      return {};
    }
    if (tokens_.is("enum")) return enumeration(package_);
    for (const std::string_view passed : {"syntax", "edition", "option", "service", "extend", "export", "local"}) {
      if (!tokens_.is(passed)) continue;
      // Editions may say who sees a definition.
      if (passed == "export" || passed == "local") {
        tokens_.take();
        return {};
      }
      return tokens_.skip_statement();
    }
    return tokens_.wrong("a definition");
  }
  Status import() {
    tokens_.take();
    if (!tokens_.take_if("public") && !tokens_.take_if("weak")) tokens_.take_if("option");
    auto name = tokens_.text("a file's name");
    if (!name) return fail_with(std::move(name));
    imports_.push_back(*std::move(name));
    return tokens_.expect(";");
  }
  Result<std::size_t> message(const std::string& scope, int depth) {
    auto name = tokens_.word("a message's name");
    if (!name) return fail_with(std::move(name));
    return body(joined(scope, *name), depth);
  }
  Result<std::size_t> body(const std::string& name, int depth) {
    if (depth > kDeepest) return tokens_.wrong(fmt::format("nothing deeper than {} messages", kDeepest));
    const std::size_t index = schema_.add(ProtoMessage{.name = name});
    if (auto open = tokens_.expect("{"); !open) return fail_with(std::move(open));
    while (!tokens_.take_if("}")) {
      if (auto done = member(index, depth); !done) return fail_with(std::move(done));
    }
    return index;
  }
  /// What may stand in a message.
  Status member(std::size_t index, int depth) {
    if (tokens_.take_if(";")) return {};
    for (const std::string_view passed : {"option", "extensions", "reserved", "extend"}) {
      if (tokens_.is(passed)) return tokens_.skip_statement();
    }
    const std::string scope = schema_.message(index).name;
    if (tokens_.is("enum")) return enumeration(scope);
    if (tokens_.take_if("message")) {
      auto inner = message(scope, depth + 1);
      if (!inner) return fail_with(std::move(inner));
      schema_.message(index).inner.push_back(*inner);
      return {};
    }
    if (tokens_.take_if("oneof")) return oneof(index, depth);
    return field(index, depth, std::nullopt);
  }
  Status oneof(std::size_t index, int depth) {
    if (auto name = tokens_.word("a oneof's name"); !name) return fail_with(std::move(name));
    if (auto open = tokens_.expect("{"); !open) return open;
    const std::int64_t number = ++oneofs_;
    while (!tokens_.take_if("}")) {
      if (tokens_.take_if(";")) continue;
      const Status done = tokens_.is("option") ? tokens_.skip_statement() : field(index, depth, number);
      if (!done) return done;
    }
    return {};
  }
  Status field(std::size_t index, int depth, std::optional<std::int64_t> in_oneof) {
    ProtoField field{.oneof = in_oneof};
    if (tokens_.take_if("repeated"))
      field.count = ProtoCount::many;
    else if (!tokens_.take_if("optional"))
      tokens_.take_if("required");
    auto type = tokens_.word("a field's type");
    if (!type) return fail_with(std::move(type));
    if (*type == "map" && tokens_.is("<")) return map_field(index);
    if (*type == "group") return group(index, depth, std::move(field));
    set_type(field, *type);
    auto name = tokens_.word("a field's name");
    if (!name) return fail_with(std::move(name));
    field.name = proto_json_name(*name);
    field.plain_name = *std::move(name);
    if (auto numbered = number_and_options(field); !numbered) return numbered;
    schema_.message(index).fields[field.number] = std::move(field);
    return tokens_.expect(";");
  }
  Status number_and_options(ProtoField& field) {
    if (auto equals = tokens_.expect("="); !equals) return equals;
    auto number = tokens_.number("a field's number");
    if (!number) return fail_with(std::move(number));
    if (*number < 1 || *number > kMostNumber) return tokens_.wrong(fmt::format("a field's number from 1 to {} before it", kMostNumber));
    field.number = static_cast<std::uint32_t>(*number);
    if (!tokens_.take_if("[")) return {};
    std::size_t open = 1;
    while (open > 0) {
      if (tokens_.at_end()) return tokens_.wrong("']'");
      if (open == 1 && tokens_.take_if("json_name")) {
        if (auto equals = tokens_.expect("="); !equals) return equals;
        auto name = tokens_.text("a name");
        if (!name) return fail_with(std::move(name));
        field.name = *std::move(name);
        continue;
      }
      if (tokens_.is("[") || tokens_.is("{")) ++open;
      if (tokens_.is("]") || tokens_.is("}")) --open;
      tokens_.take();
    }
    return {};
  }
  Status group(std::size_t index, int depth, ProtoField field) {
    auto name = tokens_.word("a group's name");
    if (!name) return fail_with(std::move(name));
    field.kind = ProtoKind::group;
    field.type_name = *name;
    field.plain_name = *name;
    field.name = *name;
    std::ranges::transform(field.name, field.name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (auto numbered = number_and_options(field); !numbered) return numbered;
    auto inner = body(joined(schema_.message(index).name, *name), depth + 1);
    if (!inner) return fail_with(std::move(inner));
    schema_.message(index).inner.push_back(*inner);
    schema_.message(index).fields[field.number] = std::move(field);
    return {};
  }
  /// map<key, value> is a list of messages with the fields key and value.
  Status map_field(std::size_t index) {
    ProtoField key{.number = 1, .name = "key", .plain_name = "key"};
    ProtoField value{.number = 2, .name = "value", .plain_name = "value"};
    if (auto open = tokens_.expect("<"); !open) return open;
    auto key_type = tokens_.word("a key's type");
    if (!key_type) return fail_with(std::move(key_type));
    set_type(key, *key_type);
    if (auto comma = tokens_.expect(","); !comma) return comma;
    auto value_type = tokens_.word("a value's type");
    if (!value_type) return fail_with(std::move(value_type));
    set_type(value, *value_type);
    if (auto close = tokens_.expect(">"); !close) return close;
    auto name = tokens_.word("a field's name");
    if (!name) return fail_with(std::move(name));
    ProtoField field{.name = proto_json_name(*name), .plain_name = *name, .count = ProtoCount::many};
    if (auto numbered = number_and_options(field); !numbered) return numbered;
    // A sign in the name keeps it apart from what the file itself defines.
    field.type_name = "<" + *name;
    ProtoMessage entry{.name = joined(schema_.message(index).name, field.type_name), .role = ProtoRole::map_entry};
    entry.fields[1] = std::move(key);
    entry.fields[2] = std::move(value);
    const std::size_t inner = schema_.add(std::move(entry));
    schema_.message(index).inner.push_back(inner);
    schema_.message(index).fields[field.number] = std::move(field);
    return tokens_.expect(";");
  }
  Status enumeration(const std::string& scope) {
    tokens_.take();
    auto name = tokens_.word("an enum's name");
    if (!name) return fail_with(std::move(name));
    ProtoEnum enumeration{.name = joined(scope, *name)};
    if (auto open = tokens_.expect("{"); !open) return open;
    while (!tokens_.take_if("}")) {
      if (tokens_.take_if(";")) continue;
      if (tokens_.is("option") || tokens_.is("reserved")) {
        if (auto skipped = tokens_.skip_statement(); !skipped) return skipped;
        continue;
      }
      auto value = tokens_.word("a value's name");
      if (!value) return fail_with(std::move(value));
      if (auto equals = tokens_.expect("="); !equals) return equals;
      auto number = tokens_.number("a value's number");
      if (!number) return fail_with(std::move(number));
      enumeration.add(*value, static_cast<std::int32_t>(*number));
      if (auto skipped = tokens_.skip_statement(); !skipped) return skipped;
    }
    schema_.add(std::move(enumeration));
    return {};
  }

  ProtoSchema& schema_;
  ProtoTokens tokens_;
  std::string package_;
  std::vector<std::string> imports_;
  std::vector<std::size_t> outermost_;
  std::int64_t oneofs_ = 0;
};

/// An imported file, from the folder of `path` upwards.
Result<std::string> read_import(const std::string& path, const std::string& name) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(path, error).parent_path();
  while (!error && !folder.empty()) {
    const std::filesystem::path file = folder / name;
    if (std::filesystem::exists(file, error) && !error) return read_input(file.string());
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
    error.clear();
  }
  if (const std::string_view known = known_file(name); !known.empty()) return std::string(known);
  return fail(Errc::not_found, fmt::format("'{}' is imported, and lies neither in the folder of '{}' nor above it", name, path));
}

}  // namespace

Result<ProtoSchema> load_proto_files(const std::string& path) {
  auto text = read_input(path);
  if (!text) return fail_with(std::move(text));
  ProtoSchema schema;
  ProtoParser first(schema, *text, path);
  if (auto parsed = first.run(); !parsed) return fail_with(std::move(parsed));
  std::set<std::string> seen;
  std::vector<std::string> waiting = first.imports();
  while (!waiting.empty()) {
    const std::string name = waiting.back();
    waiting.pop_back();
    if (!seen.insert(name).second) continue;
    if (seen.size() > kMostFiles) return fail(Errc::too_large, fmt::format("'{}' imports more than {} files", path, kMostFiles));
    auto imported = read_import(path, name);
    if (!imported) return fail_with(std::move(imported));
    ProtoParser parser(schema, *imported, name);
    if (auto parsed = parser.run(); !parsed) return fail_with(std::move(parsed));
    waiting.insert(waiting.end(), parser.imports().begin(), parser.imports().end());
  }
  schema.outermost = first.outermost();
  if (schema.outermost.empty()) return fail(Errc::malformed, fmt::format("{} has no message", path));
  if (auto linked = schema.link(); !linked) return fail(linked.error().code, fmt::format("{}: {}", path, linked.error().text));
  return schema;
}

}  // namespace streamline::cli
