// Listings, JSON and YAML.
#include <array>
#include <catch2/catch.hpp>

#include "output/document.h"
#include "output/listing.h"
#include "output/progress.h"

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

TEST_CASE("what a terminal would obey is not shown to it, and letters beyond ASCII are") {
  CHECK(printable("a\x1b[2J\x7f") == "a?[2J?");
  CHECK(printable("\xc2\x9b"
                  "2J \xc2\x80\xc2\x9f") == "?2J ??");
  CHECK(printable("\xc2\xa0 \xc3\x9c \xe2\x82\x9b \xc2") == "\xc2\xa0 \xc3\x9c \xe2\x82\x9b \xc2");
}

TEST_CASE("in colours the names of columns stand out, and states say how they are") {
  constexpr std::array kStates = {Column{"name", "NAME", ""}, Column{"status", "STATUS", ""}};
  Listing listing(kStates);
  listing.add({"ok", "ok"});
  listing.add({"b", "failed"});
  listing.add({"c", "exists"});
  CHECK(listing.text(Output::table, Paint::colors) ==
        "\x1b[1mNAME\x1b[0m  \x1b[1mSTATUS\x1b[0m\nok    \x1b[32mok\x1b[0m\nb     \x1b[31mfailed\x1b[0m\nc     \x1b[33mexists\x1b[0m\n");
  CHECK(listing.text(Output::csv, Paint::colors) == "name,status\nok,ok\nb,failed\nc,exists\n");
}

TEST_CASE("columns are as wide as what is seen of them") {
  Listing listing(kColumns);
  listing.add({"\xc3\xa4\xe2\x82\xac", 1, "x"});
  listing.add({"abc", 1, "y"});
  CHECK(listing.text(Output::table) == "NAME  TAGS\n\xc3\xa4\xe2\x82\xac    x\nabc   y\n");
}

TEST_CASE("a document is CSV by its longest list, and the names of its parts") {
  constexpr std::array kKeys = {Column{"[].topic", "", ""},
                                Column{"[].partitions[].index", "", ""},
                                Column{"[].partitions[].next", "", ""},
                                Column{"[].partitions[].next.at", "", ""},
                                Column{"[].partitions[].tags[].x", "", ""},
                                Column{"[].configs[].name", "", ""},
                                Column{"[].last", "", ""}};
  const Json document = Json::parse(
      R"([{"topic":"a","partitions":[{"index":0,"next":{"at":5},"tags":[{"x":1}]},{"index":1,"next":null,"tags":[]}],"configs":[{"name":"c"}],"last":7},
          {"topic":"b","partitions":[],"configs":[],"last":8}])");
  CHECK(document_csv(document, kKeys) ==
        "topic,partitions.index,partitions.next.at,partitions.tags,last\na,0,5,\"{\"\"x\"\":1}\",7\na,1,,,7\nb,,,,8\n");
  CHECK(document_names(document, kKeys) == "a\nb\n");
  CHECK(document_names(document[0], kKeys) == "a\n");
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

TEST_CASE("every answer but plain text has every form") {
  for (const Shape shape : {Shape::listing, Shape::document, Shape::records}) {
    CHECK(parse_output("csv", shape).value() == Output::csv);
    CHECK(parse_output("name", shape).value() == Output::name);
  }
  CHECK(parse_output("", Shape::text).value() == Output::plain);
  CHECK(parse_output("json", Shape::text).error().text == "this command's answer has one form; leave -o out");
}

TEST_CASE("a line of progress says what the terminal has room for") {
  const Stage stage{.what = "consume", .done = 420'000, .total = 1'000'000, .unit = Unit::records, .seconds = 2};
  CHECK(progress_line(stage, 100) == "consume   42%  [############..................]  420k of 1.0M records  210k/s  0:02 left");
  CHECK(progress_line(stage, 60) == "consume   42%  420k of 1.0M records  210k/s  0:02 left");
  CHECK(progress_line(stage, 40) == "consume   42%  210k/s  0:02 left");
  CHECK(progress_line(stage, 20) == " 42%  0:02 left");
  CHECK(progress_line(stage, 5) == " 42%");
  CHECK(progress_line(stage, 3).empty());
  CHECK(progress_line({.what = "consume", .done = 1234, .total = {}, .unit = Unit::bytes, .seconds = 4000}, 80) ==
        "consume  1.2k bytes  0/s  1:06:40");
  CHECK(progress_line({.what = "import", .done = 0, .total = 0, .unit = Unit::topics, .seconds = 1}, 80) ==
        "import    0%  [..............................]  0 of 0 topics  0/s");
  CHECK(progress_line({.what = "x", .done = 20, .total = 10, .unit = Unit::topics, .seconds = 1}, 60) ==
        "x  100%  [###############]  20 of 10 topics  20/s  0:00 left");
}

TEST_CASE("values that nest too deep are refused") {
  CHECK(parse_json(std::string(200, '[') + std::string(200, ']')).has_value());
  CHECK(parse_json(std::string(201, '[') + std::string(201, ']')).error().text == "JSON nests deeper than 200");
  CHECK(parse_json("{").error().text == "the bytes are no JSON");
}
