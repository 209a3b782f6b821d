// Listings, JSON and YAML.
#include <array>
#include <catch2/catch.hpp>

#include "output/listing.h"

using namespace streamline::cli;

namespace {

constexpr std::array kColumns = {Column{"name", "NAME", "what it is called"}, Column{"size", "SIZE", "how large", Shown::wide},
                                 Column{"tags", "TAGS", "what it is known for"}};

Listing things() {
  Listing listing(kColumns);
  listing.add({"a, b", 5, Json::array({"x", "y"})});
  listing.add({"line\nend", nullptr, Json::array()});
  return listing;
}

}  // namespace

TEST_CASE("a listing is a table, wide on request, without what would move the cursor") {
  CHECK(things().text(Output::table) == "NAME      TAGS\na, b      x,y\nline?end  -\n");
  CHECK(things().text(Output::wide) == "NAME      SIZE  TAGS\na, b      5     x,y\nline?end  -     -\n");
  CHECK(things().text(Output::name) == "a, b\nline\nend\n");
}

TEST_CASE("a listing is CSV with quotes where they are needed") {
  CHECK(things().text(Output::csv) == "name,size,tags\n\"a, b\",5,\"x,y\"\n\"line\nend\",,\n");
}

TEST_CASE("a listing is an array of objects in the order of the columns") {
  CHECK(json_text(things().json(), Layout::one_line) ==
        "[{\"name\":\"a, b\",\"size\":5,\"tags\":[\"x\",\"y\"]},{\"name\":\"line\\nend\",\"size\":null,\"tags\":[]}]\n");
}

TEST_CASE("YAML quotes what would be read as something else") {
  const Json value =
      Json::parse(R"({"plain":"orders-1","yes":"yes","number":"12","empty":"","list":[1,{"a":[],"b":{"c":null}}],"none":{}})");
  CHECK(yaml_text(value) ==
        "plain: orders-1\n\"yes\": \"yes\"\nnumber: \"12\"\nempty: \"\"\nlist:\n  - 1\n  - a: []\n    b:\n      c: null\nnone: {}\n");
  CHECK(yaml_text(Json::array()) == "[]\n");
}

TEST_CASE("a form that a shape does not have is refused with those that it has") {
  CHECK(parse_output("csv", Shape::listing).value() == Output::csv);
  CHECK(parse_output("", Shape::text).value() == Output::plain);
  CHECK(parse_output("csv", Shape::document).error().text ==
        "this command's answer has no form 'csv'; choose one of table, wide, json, yaml");
  CHECK(parse_output("json", Shape::text).error().text == "this command's answer has one form; leave -o out");
}

TEST_CASE("values that nest too deep are refused") {
  CHECK(parse_json(std::string(200, '[') + std::string(200, ']')).has_value());
  CHECK(parse_json(std::string(201, '[') + std::string(201, ']')).error().text == "JSON nests deeper than 200");
  CHECK(parse_json("{").error().text == "the bytes are no JSON");
}
