// kcat's flags as words of our own.
#include <catch2/catch.hpp>

#include "kcat/kcat.h"

using namespace streamline::cli;
using Words = std::vector<std::string>;

namespace {

Words translated(const Words& words) {
  auto own = kcat_words(words);
  return own ? *own : Words{own.error().text};
}

}  // namespace

TEST_CASE("kcat is known by both of its names") {
  CHECK(is_kcat("/usr/bin/kcat"));
  CHECK(is_kcat("kafkacat"));
  CHECK_FALSE(is_kcat("streamline-cli"));
}

TEST_CASE("consuming follows unless -e ends it") {
  CHECK(translated({"-b", "h:1", "-t", "orders", "-C"}) == Words{"-b", "h:1", "consume", "orders", "-f"});
  CHECK(translated({"-Ct", "orders", "-o", "-5", "-e", "-q"}) == Words{"consume", "orders", "--from=-5"});
  CHECK(translated({"-C", "-t", "orders", "-p0", "-o", "s@100", "-o", "e@200", "-J"}) ==
        Words{"consume", "orders", "-p", "0", "--from=@100", "--until", "@200", "-o", "json"});
  CHECK(translated({"-G", "billing", "orders", "-c1"}) == Words{"consume", "orders", "-g", "billing", "-n", "1", "-f"});
}

TEST_CASE("producing takes keys, headers and null") {
  CHECK(translated({"-P", "-t", "orders", "-K:", "-H", "a=b", "-z", "lz4", "-Z"}) ==
        Words{"produce", "orders", "--key-delimiter", ":", "-z", "lz4", "-H", "a=b", "--null-value="});
  CHECK(translated({"-P", "-t", "orders", "-l", "lines.txt"}) == Words{"produce", "orders", "--file", "lines.txt"});
}

TEST_CASE("listing shows topics, or one of them") {
  CHECK(translated({"-L"}) == Words{"topics", "list", "--internal"});
  CHECK(translated({"-LJ", "-t", "orders"}) == Words{"topics", "describe", "orders", "-o", "json"});
}

TEST_CASE("formats are written in rpk's verbs") {
  CHECK(kcat_format("%t/%p@%o %T %k=%s\\n").value() == "%t/%p@%o %d %k=%v\\n");
  CHECK(kcat_format("%S %R %K 100%%").value() == "%V %V{big32} %K 100%%");
  CHECK(kcat_format("%q").error().text == "kcat's format has no '%q'");
}

TEST_CASE("what is wrong or has no counterpart is named") {
  CHECK(translated({"-C"}) == Words{"-t topic is missing"});
  CHECK(translated({"-t"}) == Words{"-t wants a value"});
  CHECK(translated({"-x"}) == Words{"kcat has no flag -x"});
  CHECK(translated({"-t", "orders"}) == Words{"say what to do: -C consume, -P produce, -L list, -G group"});
  CHECK(translated({"-C", "-t", "o", "-X", "a=b"}) ==
        Words{"kcat's -X has no counterpart here; say it with flags of streamline-cli, or in a profile"});
  CHECK(translated({"-C", "-t", "o", "-o", "stored"}) == Words{"-o stored: offsets are kept by groups; read with -G"});
}
