// A walk through the JSON; names are known from where they are defined on.
#include "schemas/avro_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "output/json.h"

namespace streamline::cli {

namespace {

struct Word {
  std::string_view word;
  AvroType type;
};
constexpr std::array kPrimitives = {
    Word{"null", AvroType::null},     Word{"boolean", AvroType::boolean}, Word{"int", AvroType::int32},   Word{"long", AvroType::int64},
    Word{"float", AvroType::float32}, Word{"double", AvroType::float64},  Word{"bytes", AvroType::bytes}, Word{"string", AvroType::string},
};

struct Meaning {
  std::string_view word;
  AvroMeaning meaning;
  AvroType type;
};
constexpr std::array kMeanings = {
    Meaning{"date", AvroMeaning::date, AvroType::int32},
    Meaning{"time-millis", AvroMeaning::time_millis, AvroType::int32},
    Meaning{"time-micros", AvroMeaning::time_micros, AvroType::int64},
    Meaning{"timestamp-millis", AvroMeaning::timestamp_millis, AvroType::int64},
    Meaning{"timestamp-micros", AvroMeaning::timestamp_micros, AvroType::int64},
    Meaning{"timestamp-nanos", AvroMeaning::timestamp_nanos, AvroType::int64},
    Meaning{"local-timestamp-millis", AvroMeaning::local_timestamp_millis, AvroType::int64},
    Meaning{"local-timestamp-micros", AvroMeaning::local_timestamp_micros, AvroType::int64},
    Meaning{"local-timestamp-nanos", AvroMeaning::local_timestamp_nanos, AvroType::int64},
    Meaning{"decimal", AvroMeaning::decimal, AvroType::bytes},
    Meaning{"decimal", AvroMeaning::decimal, AvroType::fixed},
    Meaning{"uuid", AvroMeaning::uuid, AvroType::string},
    Meaning{"uuid", AvroMeaning::uuid, AvroType::fixed},
    Meaning{"duration", AvroMeaning::duration, AvroType::fixed},
};
constexpr std::uint64_t kUuidBytes = 16;
constexpr std::uint64_t kDurationBytes = 12;
constexpr std::uint32_t kMostScale = 1'000;

std::string text_under(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string space_of(const std::string& full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string::npos ? std::string() : full_name.substr(0, dot);
}

std::string in_space(const std::string& space, const std::string& name) {
  return space.empty() || name.find('.') != std::string::npos ? name : space + "." + name;
}

}  // namespace

/// Nodes are named by their index: the vector grows meanwhile.
class AvroSchemaParser {
 public:
  explicit AvroSchemaParser(AvroSchema& schema) : nodes_(schema.nodes_) {}

  Result<std::size_t> type(const Json& json, const std::string& space) {
    if (json.is_string()) return named(json.get_ref<const std::string&>(), space);
    if (json.is_array()) return choice(json, space);
    if (!json.is_object()) return fail(Errc::malformed, fmt::format("{} is no type", json.dump()));
    const auto inner = json.find("type");
    if (inner == json.end()) return fail(Errc::malformed, "a type has no \"type\"");
    if (!inner->is_string()) return type(*inner, space);
    const auto& word = inner->get_ref<const std::string&>();
    if (word == "record" || word == "error") return record(json, space);
    if (word == "enum") return enumeration(json, space);
    if (word == "fixed") return fixed(json, space);
    if (word == "array") return container(AvroType::array, json, "items", space);
    if (word == "map") return container(AvroType::map, json, "values", space);
    auto found = named(word, space);
    if (!found) return found;
    const AvroMeaning meaning = meaning_of(json, nodes_[*found]);
    if (meaning == AvroMeaning::none) return found;
    // The word itself stays without a meaning.
    AvroNode node = nodes_[*found];
    node.meaning = meaning;
    node.scale = scale_of(json);
    return add(std::move(node));
  }

 private:
  std::size_t add(AvroNode node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }
  Result<std::size_t> named(const std::string& word, const std::string& space) {
    const auto primitive = std::ranges::find(kPrimitives, std::string_view(word), &Word::word);
    const std::string name = primitive == kPrimitives.end() ? in_space(space, word) : word;
    if (const auto known = names_.find(name); known != names_.end()) return known->second;
    if (primitive == kPrimitives.end()) return fail(Errc::malformed, fmt::format("there is no type '{}'", word));
    return names_[name] = add({.type = primitive->type, .name = name});
  }
  /// Before what is inside: that may name it again.
  Result<std::size_t> define(AvroType type, const Json& json, const std::string& space) {
    const std::string name = text_under(json, "name");
    if (name.empty()) return fail(Errc::malformed, fmt::format("a {} has no \"name\"", text_under(json, "type")));
    const std::string given = text_under(json, "namespace");
    const std::string full = in_space(json.contains("namespace") ? given : space, name);
    const std::size_t index = add({.type = type, .name = full});
    if (!names_.try_emplace(full, index).second) return fail(Errc::malformed, fmt::format("'{}' is defined twice", full));
    return index;
  }
  Result<std::size_t> record(const Json& json, const std::string& space) {
    auto index = define(AvroType::record, json, space);
    if (!index) return index;
    const std::string name = nodes_[*index].name;
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array())
      return fail(Errc::malformed, fmt::format("record '{}' has no list of \"fields\"", name));
    for (const Json& field : *fields) {
      const std::string field_name = field.is_object() ? text_under(field, "name") : std::string();
      if (field_name.empty() || !field.contains("type"))
        return fail(Errc::malformed, fmt::format("record '{}' holds a field without \"name\" or \"type\"", name));
      auto found = type(field["type"], space_of(name));
      if (!found) return fail(Errc::malformed, fmt::format("field '{}' of record '{}': {}", field_name, name, found.error().text));
      const auto otherwise = field.find("default");
      nodes_[*index].fields.push_back(
          {.name = field_name, .type = *found, .otherwise = otherwise == field.end() ? std::nullopt : std::optional<Json>(*otherwise)});
    }
    return index;
  }
  Result<std::size_t> enumeration(const Json& json, const std::string& space) {
    auto index = define(AvroType::enumeration, json, space);
    if (!index) return index;
    const auto symbols = json.find("symbols");
    const bool good = symbols != json.end() && symbols->is_array() &&
                      std::ranges::all_of(*symbols, [](const Json& symbol) { return symbol.is_string(); });
    if (!good) return fail(Errc::malformed, fmt::format("enum '{}' has no list of \"symbols\"", nodes_[*index].name));
    for (const Json& symbol : *symbols) nodes_[*index].symbols.push_back(symbol.get<std::string>());
    return index;
  }
  Result<std::size_t> fixed(const Json& json, const std::string& space) {
    auto index = define(AvroType::fixed, json, space);
    if (!index) return index;
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned())
      return fail(Errc::malformed, fmt::format("fixed '{}' has no \"size\"", nodes_[*index].name));
    nodes_[*index].size = size->get<std::uint64_t>();
    nodes_[*index].meaning = meaning_of(json, nodes_[*index]);
    nodes_[*index].scale = scale_of(json);
    return index;
  }
  Result<std::size_t> container(AvroType kind, const Json& json, const char* key, const std::string& space) {
    const auto inside = json.find(key);
    if (inside == json.end()) return fail(Errc::malformed, fmt::format("a {} has no \"{}\"", text_under(json, "type"), key));
    auto item = type(*inside, space);
    if (!item) return item;
    return add({.type = kind, .name = kind == AvroType::map ? "map" : "array", .types = {*item}});
  }
  Result<std::size_t> choice(const Json& json, const std::string& space) {
    AvroNode node{.type = AvroType::choice, .name = "union"};
    for (const Json& branch : json) {
      auto index = type(branch, space);
      if (!index) return index;
      node.types.push_back(*index);
    }
    if (node.types.empty()) return fail(Errc::malformed, "a union has no types");
    return add(std::move(node));
  }

  static AvroMeaning meaning_of(const Json& json, const AvroNode& node) {
    const std::string word = text_under(json, "logicalType");
    for (const Meaning& each : kMeanings) {
      if (each.word != word || each.type != node.type) continue;
      // One that does not fit its type is to be passed over.
      const bool fits = node.type != AvroType::fixed || each.meaning == AvroMeaning::decimal ||
                        node.size == (each.meaning == AvroMeaning::uuid ? kUuidBytes : kDurationBytes);
      const bool has_scale = each.meaning != AvroMeaning::decimal || scale_of(json) <= kMostScale;
      return fits && has_scale ? each.meaning : AvroMeaning::none;
    }
    return AvroMeaning::none;
  }
  static std::uint32_t scale_of(const Json& json) {
    const auto scale = json.find("scale");
    if (scale == json.end() || !scale->is_number_unsigned()) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(scale->get<std::uint64_t>(), kMostScale + 1));
  }

  std::vector<AvroNode>& nodes_;
  std::map<std::string, std::size_t> names_;
};

Result<AvroSchema> AvroSchema::parse(std::string_view json) {
  auto parsed = parse_json(json);
  if (!parsed) return fail_with(std::move(parsed));
  AvroSchema schema;
  AvroSchemaParser parser(schema);
  auto root = parser.type(parsed->value, "");
  if (!root) return fail_with(std::move(root));
  schema.root_ = *root;
  return schema;
}

}  // namespace streamline::cli
