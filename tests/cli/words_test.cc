// Suggestions and tables.
#include <catch2/catch.hpp>

#include "output/table.h"
#include "suggestion.h"

using namespace streamline::cli;

TEST_CASE("the nearest word is suggested when it is near") {
  const std::vector<std::string> known = {"topics", "produce", "consume"};
  CHECK(suggestion("topic", known) == ", did you mean 'topics'?");
  CHECK(suggestion("prodcue", known) == ", did you mean 'produce'?");
  CHECK(suggestion("xyzzy", known).empty());
  CHECK(suggestion("topics", {}).empty());
}

TEST_CASE("columns are as wide as their widest cell, and an empty cell is a dash") {
  Table table({"TOPIC", "N"});
  table.add({"a-long-name", "1"});
  table.add({"", "20"});
  CHECK(table.text() == "TOPIC        N\na-long-name  1\n-            20\n");
}
