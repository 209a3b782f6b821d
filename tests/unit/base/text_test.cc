// Where a text is cut.
#include "base/text.h"

#include <catch2/catch.hpp>

namespace streamline {

TEST_CASE("a text is cut before the character that does not fit") {
  CHECK(whole_characters("abc", 3) == "abc");
  CHECK(whole_characters("abc", 2) == "ab");
  CHECK(whole_characters("a\xC3\xA4", 3) == "a\xC3\xA4");
  CHECK(whole_characters("a\xC3\xA4", 2) == "a");
  CHECK(whole_characters("\xF0\x9F\x98\x80!", 4) == "\xF0\x9F\x98\x80");
  for (const std::size_t bytes : {3U, 2U, 1U, 0U}) CHECK(whole_characters("\xF0\x9F\x98\x80!", bytes).empty());
}

TEST_CASE("bytes that are no text are cut too") {
  CHECK(whole_characters("\x80\x80\x80", 2).empty());
  CHECK(whole_characters("\xFF\xFF\xFF", 2).size() == 2);
}

}  // namespace streamline
