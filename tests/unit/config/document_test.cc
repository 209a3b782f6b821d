// The configuration file in the tree is what the table prints. STREAMLINE_UPDATE_CONFIG=1 in the environment of this program rewrites it.
#include "config/document.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "config/file_readers.h"
#include "config/property.h"

namespace streamline::config {

namespace {

/// Unit programs run in the root of the tree.
constexpr const char* kDocumentPath = "config/streamline.toml";

std::string read_document() {
  std::ifstream in(kDocumentPath, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The printed file with its settings no longer commented out.
std::string uncommented(const std::string& document) {
  std::istringstream in(document.substr(0, document.find("# ---- The keys of a topic")));
  std::ostringstream out;
  for (std::string line; std::getline(in, line);) {
    const std::string_view text = line;
    const std::size_t equals = text.find(" = ");
    const bool is_setting = text.starts_with("# ") && equals != std::string_view::npos &&
                            text.substr(2, equals - 2).find(' ') == std::string_view::npos && text.find("  ") == std::string_view::npos;
    out << (is_setting ? line.substr(2) : line) << '\n';
  }
  return out.str();
}

}  // namespace

TEST_CASE("config/streamline.toml is what the table prints") {
  if (getenv("STREAMLINE_UPDATE_CONFIG") != nullptr) std::ofstream(kDocumentPath, std::ios::binary) << print_document();
  CHECK(read_document() == print_document());
}

TEST_CASE("the printed file with all comments taken away parses, and sets each property to its default") {
  const Result<std::vector<Entry>> entries = read_toml(uncommented(print_document()), "streamline.toml");
  if (!entries) FAIL(entries.error().text);
  std::size_t found = 0;
  for (const Entry& entry : *entries) {
    INFO(entry.key);
    const Property* property = find_broker_property(entry.key);
    REQUIRE(property != nullptr);
    CHECK(entry.value == property->default_value.value_or(""));
    ++found;
  }
  CHECK(found >= 40);
}

TEST_CASE("every property and every topic key stands in the printed file, and no line is long") {
  const std::string document = print_document();
  for (const Property* property : broker_properties()) {
    if (property->alias_of.empty()) CHECK(document.find(std::string(property->name)) != std::string::npos);
  }
  for (const Property& property : topic_properties())
    CHECK(document.find("\n# " + std::string(property.name) + " = ") != std::string::npos);
  std::istringstream in(document);
  for (std::string line; std::getline(in, line);) CHECK(line.size() <= 140);
}

}  // namespace streamline::config
