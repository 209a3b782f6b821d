"""Each rule of tools/dev/tidy.py finds what it is for, and leaves good code alone."""
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))

import tidy  # noqa: E402
from tidy_rules.braces import walk  # noqa: E402
from tidy_rules.source import SourceFile, Tree, blanked  # noqa: E402

LAYERS = "# table\nbase:\nstorage: base\nnet: base\nembedded: base storage\nstreamline-cli: base\n"
OPENING = "// Opens with a sentence.\n"


def rules_found(path, text, *others):
    """The rules that the tree of this one file, the layer table and two clean rooms breaks."""
    files = [
        SourceFile("tools/dev/layers.txt", LAYERS),
        SourceFile("src/base/README.md", "# base\n"),
        SourceFile("src/base/bytes.h", OPENING + "#pragma once\n"),
        SourceFile("src/storage/README.md", "# storage\n"),
        SourceFile(path, text),
        *[SourceFile(*other) for other in others],
    ]
    return {finding.rule for finding in tidy.findings_in(Tree(files))}


class CleanCode(unittest.TestCase):
    def test_a_good_header_breaks_nothing(self):
        text = OPENING + '#pragma once\n\n#include <vector>\n\n#include "base/bytes.h"\n\nclass Log final : public Base {\n  int id_{1};\n};\n'
        self.assertEqual(rules_found("src/storage/log.h", text), set())

    def test_words_in_strings_and_comments_are_no_code(self):
        text = OPENING + '// throw, new Foo: words only.\nconst char* text = "throw new delete x { class manager {";\nchar c = \'{\';\n'
        self.assertEqual(rules_found("src/storage/log.cc", text), set())

    def test_digit_separators_are_no_character_literals(self):
        self.assertEqual(blanked("int a = 1'000'000; int b = 2;"), "int a = 1'000'000; int b = 2;")

    def test_raw_strings_are_blanked(self):
        self.assertNotIn("throw", blanked('auto x = R"json({"throw": 1})json";'))


class Sizes(unittest.TestCase):
    def test_a_file_above_the_wall(self):
        self.assertIn("file-size", rules_found("src/storage/log.cc", OPENING + "int x;\n" * 500))
        self.assertNotIn("file-size", rules_found("src/storage/log.cc", OPENING + "int x;\n" * 499))

    def test_tests_have_a_higher_wall(self):
        self.assertNotIn("file-size", rules_found("tests/unit/base/a_test.cc", OPENING + "int x;\n" * 799))
        self.assertIn("file-size", rules_found("tests/unit/base/a_test.cc", OPENING + "int x;\n" * 800))

    def test_a_function_above_the_wall(self):
        def function(lines, head="int Log::run(int a)"):
            return OPENING + "namespace n {\n" + head + " {\n" + "  if (a) {\n  }\n" * ((lines - 2) // 2) + "}\n}\n"
        for head in ("int Log::run(int a)", "template <class T>\nT* run(int a)", "Log::Log(int a) : a_{a}, b_(a)",
                     'TEST_CASE("it runs")', "Result<int> Log::run(std::vector<int> a) const noexcept"):
            self.assertIn("function-size", rules_found("src/storage/log.cc", function(72, head)), head)
        self.assertNotIn("function-size", rules_found("src/storage/log.cc", function(70)))

    def test_a_long_class_is_no_function(self):
        text = OPENING + "class Log {\n" + "  void f() {\n    run({1, 2});\n  }\n" * 40 + "};\n"
        self.assertNotIn("function-size", rules_found("src/storage/log.cc", text))

    def test_a_long_python_function(self):
        self.assertIn("function-size", rules_found("tools/a.py", '"""A tool for tests."""\ndef run():\n' + "    x = 1\n" * 70))


class Names(unittest.TestCase):
    def test_empty_words_in_file_names(self):
        for name in ("log_util.h", "data.h", "batch_info.h", "helpers.h"):
            self.assertIn("file-name", rules_found(f"src/storage/{name}", OPENING + "#pragma once\n"), name)
        self.assertIn("file-name", rules_found("src/storage/LogFile.cc", OPENING))

    def test_empty_words_in_type_names(self):
        for name in ("LogManager", "BatchData", "TopicInfo", "log_file", "RequestProcessor"):
            self.assertIn("type-name", rules_found("src/storage/log.cc", OPENING + f"class {name} {{\n}};\n"), name)

    def test_metadata_and_data_directories_are_kafka_nouns(self):
        for name in ("TopicMetadata", "DataDirectory", "Information"):
            self.assertNotIn("type-name", rules_found("src/storage/log.cc", OPENING + f"struct {name} {{\n}};\n"), name)

    def test_a_function_called_process(self):
        self.assertIn("function-name", rules_found("src/storage/log.cc", OPENING + "void process(int x) {}\n"))


class Includes(unittest.TestCase):
    def found(self, include, path="src/storage/log.cc"):
        return rules_found(path, OPENING + f"#include {include}\n", ("src/net/README.md", "# net\n"), ("src/net/a.h", OPENING + "#pragma once\n"))

    def test_an_arrow_sideways(self):
        self.assertIn("include", self.found('"net/a.h"'))

    def test_an_arrow_up(self):
        self.assertIn("include", self.found('"storage/log.h"', "src/base/x.cc"))

    def test_an_arrow_down_is_right(self):
        self.assertEqual(self.found('"base/bytes.h"'), set())

    def test_a_missing_header(self):
        self.assertIn("include", self.found('"base/gone.h"'))

    def test_a_relative_include(self):
        self.assertIn("include", self.found('"log.h"'))

    def test_ours_in_angle_brackets(self):
        self.assertIn("include", self.found("<base/bytes.h>"))

    def test_public_headers_never_include_src(self):
        text = OPENING + '#pragma once\n#include "base/bytes.h"\n'
        self.assertIn("include", rules_found("include/streamline/embedded_broker.h", text))

    def test_only_embedded_includes_public_headers(self):
        self.assertIn("include", self.found('"streamline/embedded_broker.h"'))
        self.assertEqual(self.found("<streamline/embedded_broker.h>"), set())

    def test_a_layer_table_with_an_arrow_up(self):
        files = [SourceFile("tools/dev/layers.txt", "base: net\nnet: base\n")]
        self.assertIn("layers", {finding.rule for finding in tidy.findings_in(Tree(files))})


class Rooms(unittest.TestCase):
    def test_a_room_without_readme(self):
        self.assertIn("room", rules_found("src/net/a.cc", OPENING))

    def test_a_room_outside_the_table(self):
        self.assertIn("room", rules_found("src/cellar/a.cc", OPENING, ("src/cellar/README.md", "# cellar\n")))

    def test_a_long_readme(self):
        self.assertIn("room", rules_found("src/net/a.cc", OPENING, ("src/net/README.md", "line\n" * 41)))


class Text(unittest.TestCase):
    def test_no_opening_comment(self):
        for path, text in (("src/storage/a.cc", "int x;\n"), ("tools/a.py", "import os\n"), ("tools/a.sh", "#!/bin/sh\nset -e\n"),
                           ("src/storage/b.cc", "// word\nint x;\n")):
            self.assertIn("opening", rules_found(path, text), path)

    def test_opening_comments(self):
        for path, text in (("tools/a.py", '#!/usr/bin/env python3\n"""Says what it is."""\n'), ("tools/a.sh", "#!/bin/sh\n# Says what it is.\n"),
                           ("tests/A.java", "/** Says what it is. */\nclass A {}\n")):
            self.assertEqual(rules_found(path, text), set(), path)

    def test_pragma_once(self):
        self.assertIn("pragma-once", rules_found("src/storage/a.h", OPENING + "#include <vector>\n#pragma once\n"))

    def test_markers(self):
        for marker in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.assertIn("marker", rules_found("src/storage/a.cc", OPENING + f"// {marker}: later\n"))

    def test_absolute_paths(self):
        self.assertIn("absolute-path", rules_found("docs.md", "see /ho" + "me/me/x\n"))
        self.assertNotIn("absolute-path", rules_found("docs.md", "see tests/wo" + "rk/x and $HOME/wo" + "rk/x\n"))

    def test_hidden_tests(self):
        self.assertIn("hidden-test", rules_found("tests/unit/base/a_test.cc", OPENING + 'TEST_CASE("long one", "[.long]") {}\n'))

    def test_throw_and_new(self):
        self.assertIn("throw", rules_found("src/storage/a.cc", OPENING + "void f() { throw 1; }\n"))
        self.assertIn("new", rules_found("src/storage/a.cc", OPENING + "auto* f() { return new Log; }\n"))
        self.assertIn("new", rules_found("src/storage/a.cc", OPENING + "void f(Log* log) { delete log; }\n"))
        self.assertNotIn("new", rules_found("src/storage/a.cc", OPENING + "struct A {\n  A(const A&) = delete;\n};\nauto* f() { return new (at) Log; }\n"))

    def test_a_factory_may_hand_new_to_its_owner(self):
        self.assertNotIn("new", rules_found("src/storage/a.cc", OPENING + "auto f() { return std::unique_ptr<Log>(new Log(1)); }\n"))

    def test_sleeping_unit_tests(self):
        self.assertIn("sleep", rules_found("tests/unit/base/a_test.cc", OPENING + "void f() { std::this_thread::sleep_for(a); }\n"))


class CoroutineTrap(unittest.TestCase):
    def found(self, body):
        return "co-await" in rules_found("src/storage/a.cc", OPENING + "Task f() {\n  " + body + "\n}\n")

    def test_a_braced_value_in_the_expression(self):
        self.assertTrue(self.found("co_await send(Message{topic, 1});"))
        self.assertTrue(self.found("auto r = co_await log.append({.text = text});"))
        self.assertTrue(self.found("use(Pair{a, b}, co_await next());"))

    def test_a_capturing_lambda_in_the_expression(self):
        self.assertTrue(self.found("co_await pool.run([text = std::move(text)] { return text.size(); });"))
        self.assertTrue(self.found("if (co_await pool.run([text] { return 1; })) return;"))

    def test_a_named_object_is_right(self):
        self.assertFalse(self.found("Message message{topic, 1};\n  co_await send(std::move(message));"))
        self.assertFalse(self.found("auto work = [text] { return text.size(); };\n  co_await pool.run(std::move(work));"))

    def test_blocks_and_reference_captures_are_right(self):
        self.assertFalse(self.found("if (co_await next()) {\n    run({1, 2});\n  }"))
        self.assertFalse(self.found("co_await pool.run([this, &x] { return Pair{1, 2}; });"))
        self.assertFalse(self.found("x[i] = co_await next(y[j]);"))

    def test_an_await_inside_a_lambda_is_its_own_statement(self):
        self.assertTrue(self.found("spawn([this]() -> Task {\n    co_await send(Message{a});\n  });"))


class Walk(unittest.TestCase):
    def functions(self, text):
        return [function.signature for function in walk(text, lambda position: text.count("\n", 0, position) + 1)[0]]

    def test_functions_are_found_once(self):
        text = ("namespace a {\nstruct B {\n  int f() { return 1; }\n  std::array<int, 2> c{{1, 2}};\n};\n"
                "int g(int x) {\n  for (;;) {\n    auto h = [](int y) { return y; };\n  }\n}\nint k = 3;\n}\n")
        self.assertEqual(self.functions(text), ["int f()", "int g(int x)"])

    def test_macros_do_not_unbalance(self):
        self.assertEqual(self.functions("#define OPEN {\nint f() {\n}\n"), ["int f()"])


class TheTree(unittest.TestCase):
    def test_every_rule_has_a_sentence_for_the_list(self):
        for rule in tidy.RULES:
            self.assertTrue(rule.__doc__ and rule.__doc__.splitlines()[0].endswith("."), rule.__name__)


if __name__ == "__main__":
    unittest.main()
