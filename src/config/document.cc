// Prints the property table as a commented TOML file.
#include "config/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "config/property.h"

namespace streamline::config {

namespace {

constexpr std::size_t kColumns = 100;

constexpr std::string_view kOpening =
    R"(# Streamline's configuration. Every property stands here with its default, commented out; reading from top to bottom
# tells what there is. Keys that Kafka has keep Kafka's names and meaning, and a server.properties works as it is:
#
#   streamline --config FILE        TOML like this one, or Kafka's syntax when the name ends in .properties
#   streamline -X num.partitions=4  a flag wins over the environment, that over the file, that over the default
#   STREAMLINE_NUM_PARTITIONS=4     upper case, dots become underscores; KAFKA_NUM_PARTITIONS works too
#   STREAMLINE_LOG_DIRS_FILE=/path  the value is what stands in that file
#
# A section joins its name to its keys: [log] with retention.ms = 5 is log.retention.ms = 5.
)";

constexpr std::string_view kTopicOpening = R"(
# ---- The keys of a topic ----
# They are set on a topic (at its creation, or later), not here; a topic without a key takes the broker property named with it.
)";

constexpr std::string_view kMargin = "# ";
constexpr std::string_view kIndented = "#   ";

/// Words in lines of at most kColumns, each begun by `margin`.
void print_comment(std::string_view margin, std::string_view text, std::string& out) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (column == 0 || column + 1 + word.size() > kColumns) {
      if (column != 0) out += '\n';
      out += margin;
      column = margin.size();
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  out += '\n';
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean: return "true or false";
    case Type::int32: return "int32";
    case Type::int64: return "int64";
    case Type::real: return "number";
    case Type::string: return "text";
    case Type::list: return "list";
    case Type::password: return "secret";
  }
  return "";
}

/// "int32, bytes, [1024,...], Kafka: 4096"
std::string facts(const Property& property) {
  std::string text(type_name(property.type));
  if (!property.unit.empty()) text += fmt::format(", {}", property.unit);
  const std::string range = property.type == Type::boolean ? "" : range_text(property);
  if (!range.empty()) text += fmt::format(", {}", range);
  if (!property.kafka_default.empty()) text += fmt::format(", Kafka's default: {}", property.kafka_default);
  if (property.reloadable) text += ", may change while the broker runs";
  return text;
}

/// TOML cannot hold both max.connections and max.connections.per.ip as dotted keys; quotes make the longer one a plain name.
bool needs_quotes(std::string_view name) {
  return std::ranges::any_of(broker_properties(), [name](const Property* other) {
    return name.starts_with(other->name) && name.size() > other->name.size() && name[other->name.size()] == '.';
  });
}

std::string toml_value(const Property& property) {
  const std::string_view value = property.default_value.value_or("");
  const bool is_plain =
      property.type == Type::boolean || property.type == Type::int32 || property.type == Type::int64 || property.type == Type::real;
  if (!property.default_value) return is_plain ? "" : "\"\"";
  return is_plain ? std::string(value) : fmt::format("\"{}\"", value);
}

void print_broker_property(const Property& property, std::string& out) {
  out += '\n';
  print_comment(kMargin, property.text, out);
  print_comment(kMargin, fmt::format("({}{})", facts(property), property.default_value ? "" : ", unset by default"), out);
  const std::string_view quote = needs_quotes(property.name) ? "\"" : "";
  out += fmt::format("# {}{}{} = {}", quote, property.name, quote, toml_value(property));
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

void print_topic_property(const Property& property, std::string& out) {
  out += fmt::format("\n# {} = {}\n", property.name, toml_value(property));
  print_comment(kIndented, property.text, out);
  std::string broker;
  for (const Twin& twin : property.twins) {
    if (!twin.name.empty()) broker += fmt::format("{}{}", broker.empty() ? "; from " : ", ", twin.name);
  }
  print_comment(kIndented, fmt::format("({}{})", facts(property), broker), out);
}

}  // namespace

std::string print_document() {
  std::string out(kOpening);
  for (const PropertyArea& area : broker_areas()) {
    out += fmt::format("\n# ---- {} ----\n", area.title);
    for (const Property& property : area.rows) {
      if (property.alias_of.empty()) print_broker_property(property, out);
    }
  }
  out += kTopicOpening;
  for (const Property& property : topic_properties()) print_topic_property(property, out);
  return out;
}

}  // namespace streamline::config
