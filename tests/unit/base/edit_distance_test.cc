// Distances between words, and which of them a slip explains.
#include "base/edit_distance.h"

#include <catch2/catch.hpp>

using streamline::edit_distance;
using streamline::is_slip;

TEST_CASE("the distance counts insertions, deletions and changes") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("--lisen", "--listen") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("half of a word may be a slip, and one letter always") {
  CHECK(is_slip("shwo", "show"));
  CHECK(is_slip("a", "b"));
  CHECK_FALSE(is_slip("foo", "health"));
}
