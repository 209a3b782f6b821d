// Lines out of pipes.
#include "records/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

using namespace streamline;
using namespace streamline::cli;

namespace {

class Pipe {
 public:
  Pipe() { REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    close_writer();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void write(std::string_view text) { REQUIRE(::write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size())); }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  int reader() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("lines come without their ends, and a last one needs none") {
  Pipe pipe;
  pipe.write("one\n\nthree");
  pipe.close_writer();
  LineReader lines(pipe.reader(), -1, "input");
  CHECK(lines.next().value() == "one");
  CHECK(lines.next().value() == "");
  CHECK(lines.next().value() == "three");
  CHECK(lines.line_number() == 3);
  CHECK_FALSE(lines.next().value().has_value());
  CHECK_FALSE(lines.next().value().has_value());
}

TEST_CASE("a line may arrive in parts") {
  Pipe pipe;
  pipe.write("first\nsec");
  LineReader lines(pipe.reader(), -1, "input");
  CHECK(lines.next().value() == "first");
  CHECK(lines.would_wait());
  pipe.write("ond\n");
  CHECK_FALSE(lines.would_wait());
  CHECK(lines.next().value() == "second");
  pipe.close_writer();
  CHECK_FALSE(lines.next().value().has_value());
}

TEST_CASE("a wait is broken off by the interrupt descriptor") {
  Pipe pipe;
  Pipe interrupt;
  interrupt.write("x");
  LineReader lines(pipe.reader(), interrupt.reader(), "input");
  CHECK(lines.next().error().code == Errc::closed);
}

TEST_CASE("an input that cannot be read is named") {
  const int directory = ::open("/", O_RDONLY | O_CLOEXEC);
  LineReader lines(directory, -1, "the input");
  CHECK(lines.next().error().text == "read the input: Is a directory");
  ::close(directory);
}
