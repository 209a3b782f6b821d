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
  const std::string line = stderr_of([] { log::info("net", "name={}", "\"\\\n"); });
  CHECK(line.starts_with(R"({"time":")"));
  CHECK(line.ends_with(R"(Z","level":"INFO","component":"net","message":"name=\"\\\u000a"})"
                       "\n"));
}

TEST_CASE("lines below the level are not written") {
  const Defaults defaults;
  CHECK(stderr_of([] { log::debug("net", "quiet"); }).empty());
  log::set_level(log::Level::error);
  CHECK(stderr_of([] { log::warn("net", "quiet"); }).empty());
  CHECK_FALSE(log::enabled(log::Level::warn));
  log::set_level(log::Level::debug);
  CHECK(stderr_of([] { log::debug("net", "loud"); }).ends_with("DEBUG net loud\n"));
}

TEST_CASE("text that is no format is written as it is") {
  CHECK(stderr_of([] { log::write(log::Level::info, "net", "100 {} %s"); }).ends_with("INFO net 100 {} %s\n"));
}
