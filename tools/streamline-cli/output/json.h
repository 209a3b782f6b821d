// Json: answers as values, in the order in which they are shown.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::cli {

using Json = nlohmann::ordered_json;

/// A value that was read. Json converts from and to too much to stand in a Result by itself.
struct Parsed {
  Json value;
};
enum class JsonForm : std::uint8_t { text, msgpack, cbor };

/// malformed when the bytes are none of that form, or when lists and objects nest deeper than 200: what comes after walks them by
/// recursion.
Result<Parsed> parse_json(ByteView bytes, JsonForm form = JsonForm::text);
inline Result<Parsed> parse_json(std::string_view text) { return parse_json(as_bytes(text)); }

enum class Layout : std::uint8_t { indented, one_line };

/// With a line end. Bytes that are not UTF-8 become U+FFFD: names that clients chose may hold any.
std::string json_text(const Json& value, Layout layout = Layout::indented);
/// YAML 1.2 in block style, with a line end; strings that YAML would take for something else are quoted as in JSON.
std::string yaml_text(const Json& value);
/// A cell of a table or CSV: text as it is, lists with commas between, null as nothing.
std::string cell_text(const Json& value);

}  // namespace streamline::cli
