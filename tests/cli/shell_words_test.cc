// Lines of the shell as words.
#include <catch2/catch.hpp>

#include "shell/shell_words.h"

using namespace streamline;
using namespace streamline::cli;

namespace {
using Words = std::vector<std::string>;
}

TEST_CASE("a line is split into words as shells do it") {
  CHECK(shell_words("").value() == Words{});
  CHECK(shell_words("  topics \t list ").value() == Words{"topics", "list"});
  CHECK(shell_words(R"(produce t -v 'a "b" \')").value() == Words{"produce", "t", "-v", R"(a "b" \)"});
  CHECK(shell_words(R"("a \"b\" \\ \n" c\ d e'f'"g")").value() == Words{R"(a "b" \ \n)", "c d", "efg"});
  CHECK(shell_words("'' \"\"").value() == Words{"", ""});
  CHECK(shell_words("topics list # all of them").value() == Words{"topics", "list"});
  CHECK(shell_words("a#b '#'").value() == Words{"a#b", "#"});
}

TEST_CASE("a line that is not finished is refused") {
  CHECK(shell_words("a 'b").error().text == "the quote ' is not closed");
  CHECK(shell_words("a \"b'").error().text == "the quote \" is not closed");
  CHECK(shell_words("a\\").error().text == "nothing follows the backslash at the end");
}

TEST_CASE("the word that is being typed is the last, and may be empty") {
  CHECK(words_so_far("") == Words{""});
  CHECK(words_so_far("top") == Words{"top"});
  CHECK(words_so_far("topics ") == Words{"topics", ""});
  CHECK(words_so_far("topics describe 'two wo") == Words{"topics", "describe", "two wo"});
}

TEST_CASE("a quoted word is read back as it was") {
  for (const std::string& word : Words{"plain-1.2", "", "two words", "it's", "\"", "\\", "#", "a\tb"}) {
    CAPTURE(word);
    CHECK(shell_words(quoted(word)).value() == Words{word});
  }
  CHECK(quoted("orders.v1") == "orders.v1");
}
