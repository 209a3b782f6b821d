// Log lines as they reach stderr.
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

using namespace streamline;

namespace {

/// What `work` wrote to stderr; less than a pipe holds.
std::string stderr_of(const std::function<void()>& work) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  const int kept = ::dup(STDERR_FILENO);
  REQUIRE(::dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
  work();
  REQUIRE(::dup2(kept, STDERR_FILENO) == STDERR_FILENO);
  std::string text(16'384, '\0');
  const ssize_t got = ::read(ends[0], text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  for (const int fd : {ends[0], ends[1], kept}) REQUIRE(::close(fd) == 0);
  return text;
}

struct Defaults {
  ~Defaults() {
    log::set_level(log::Level::info);
    log::set_format(log::Format::text);
  }
};

}  // namespace

TEST_CASE("a line is time, level, component and text") {
  std::string line = stderr_of([] { log::warn("storage", "rolled segment topic={} partition={}", "a", "b"); });
  std::ranges::replace_if(line, [](char c) { return c >= '0' && c <= '9'; }, '9');
  CHECK(line == "9999-99-99T99:99:99.999Z WARN storage rolled segment topic=a partition=b\n");
}

TEST_CASE("control characters cannot forge a line") {
  const std::string line = stderr_of([] { log::error("net", "topic={}", "a\n2026 INFO\x1b[31m\t\x7f"); });
  CHECK(line.ends_with("ERROR net topic=a\\x0a2026 INFO\\x1b[31m\\x09\\x7f\n"));
  CHECK(std::ranges::count(line, '\n') == 1);
}

TEST_CASE("json lines escape quotes, backslashes and control characters") {
  const Defaults defaults;
  log::set_format(log::Format::json);
  const std::string line = stderr_of([] { log::info("net", "said {}", "\"\\\n"); });
  CHECK(line.starts_with(R"({"time":")"));
  CHECK(line.ends_with(R"(Z","level":"INFO","component":"net","message":"said \"\\\u000a"})"
                       "\n"));
}

TEST_CASE("bytes that are no UTF-8, and controls beyond ASCII, are shown by number in both formats") {
  const Defaults defaults;
  const auto written = [] {
    const std::string line =
        stderr_of([] { log::info("net", "{}", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x98|\xff|\xc2\x9b|\xe0\x80\x80|\xed\xa0\x80|\xc3"); });
    return line.substr(line.find("\xc3\xa4"));
  };
  const std::string kept = "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x98|";
  CHECK(written() == kept + R"(\xff|\xc2\x9b|\xe0\x80\x80|\xed\xa0\x80|\xc3)" + "\n");
  log::set_format(log::Format::json);
  CHECK(written() == kept + R"(\\xff|\\xc2\\x9b|\\xe0\\x80\\x80|\\xed\\xa0\\x80|\\xc3"})" + "\n");
}

TEST_CASE("in json the pairs of a line are members, and a value ends where the next key begins") {
  const Defaults defaults;
  log::set_format(log::Format::json);
  const auto members = [](std::string_view text) {
    const std::string line = stderr_of([text] { log::write(log::Level::warn, "net", text); });
    return line.substr(line.find("\"message\""));
  };
  CHECK(members("rolled segment topic=a partition=0") == "\"message\":\"rolled segment\",\"topic\":\"a\",\"partition\":\"0\"}\n");
  CHECK(members("lost cause=No space left on device file=a b") ==
        "\"message\":\"lost\",\"cause\":\"No space left on device\",\"file\":\"a b\"}\n");
  CHECK(members("a reason=\"x = y\" b=") == "\"message\":\"a\",\"reason\":\"x = y\",\"b\":\"\"}\n");
  CHECK(members("level=9 n=1 n=2") == "\"message\":\"\",\"level_\":\"9\",\"n\":\"1\",\"n_\":\"2\"}\n");
  CHECK(members("") == "\"message\":\"\"}\n");
}

TEST_CASE("a component may have a level of its own until the general one is set again") {
  const Defaults defaults;
  CHECK(log::set_level("storage", log::Level::debug));
  CHECK(log::enabled(log::Level::debug, "storage"));
  CHECK_FALSE(log::enabled(log::Level::debug, "net"));
  CHECK_FALSE(log::set_level("no-such", log::Level::debug));
  log::set_level(log::Level::warn);
  CHECK(log::level("storage") == log::Level::warn);
}

TEST_CASE("a warning that repeats is left out above the limit, information never") {
  struct Limit {
    ~Limit() { log::set_repeat_limit(50); }
  } const limit;
  log::set_repeat_limit(3);
  const std::string warned = stderr_of([] {
    for (int i = 0; i < 10; ++i) log::warn("net", "disk trouble n={}", i);
  });
  CHECK(std::ranges::count(warned, '\n') == 3);
  CHECK(warned.ends_with("disk trouble n=2 further=\"left out for 10 s\"\n"));
  const std::string told = stderr_of([] {
    for (int i = 0; i < 10; ++i) log::info("net", "made n={}", i);
  });
  CHECK(std::ranges::count(told, '\n') == 10);
}

TEST_CASE("lines below the level are not written") {
  const Defaults defaults;
  CHECK(stderr_of([] { log::debug("net", "quiet"); }).empty());
  log::set_level(log::Level::error);
  CHECK(stderr_of([] { log::warn("net", "quiet"); }).empty());
  CHECK_FALSE(log::enabled(log::Level::warn, "net"));
  log::set_level(log::Level::debug);
  CHECK(stderr_of([] { log::debug("net", "loud"); }).ends_with("DEBUG net loud\n"));
}

TEST_CASE("text that is no format is written as it is") {
  CHECK(stderr_of([] { log::write(log::Level::info, "net", "100 {} %s"); }).ends_with("INFO net 100 {} %s\n"));
}
