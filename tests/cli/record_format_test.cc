// The --format language: parsing, and what each verb and modifier shows.
#include "records/record_format.h"

#include <catch2/catch.hpp>
#include <vector>

#include "record/batch_builder.h"

using namespace streamline;
using namespace streamline::cli;

namespace {

/// One record in a batch, as a consumer hands it out.
class Consumed {
 public:
  explicit Consumed(const record::NewRecord& record) {
    record::BatchOptions options;
    options.base_offset = Offset(258);
    options.leader_epoch = LeaderEpoch(4);
    options.producer_id = ProducerId(77);
    options.producer_epoch = 3;
    options.base_sequence = 0;
    record::BatchBuilder builder(options);
    builder.add(record);
    batch_ = builder.finish().value();
    header_ = record::read_batch_header(batch_).value();
    auto records = record::RecordIterator::over(batch_, decompressor_).value();
    consumed_ = {.topic = "orders", .partition = 6, .batch = &header_, .record = **records.next()};
  }
  std::string show(std::string_view format) const {
    auto parsed = RecordFormat::parse(format);
    REQUIRE(parsed);
    std::string out;
    parsed->render(out, consumed_, 9);
    return out;
  }

 private:
  record::Decompressor decompressor_;
  std::vector<std::byte> batch_;
  record::BatchHeader header_;
  client::ConsumedRecord consumed_;
};

Consumed full() {
  const record::HeaderView headers[] = {{.key = "a", .value = as_bytes("1")}, {.key = "n"}, {.key = "a", .value = as_bytes("2")}};
  return Consumed({.timestamp = 1'767'225'600'123, .key = as_bytes("key"), .value = as_bytes("v\xff"), .headers = headers});
}

std::string refusal(std::string_view format) {
  const auto parsed = RecordFormat::parse(format);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::invalid_argument);
  return parsed.error().text;
}

}  // namespace

TEST_CASE("every verb shows its part of a record") {
  const Consumed record = full();
  CHECK(record.show("%t %T %p %o %e %d %k %K %V %H %x %y %i") == "orders 6 6 258 4 1767225600123 key 3 2 3 77 3 9");
  CHECK(record.show("%v") == "v\xff");
  CHECK(record.show("%h{[%k=%v %K %V]}") == "[a=1 1 1][n= 1 0][a=2 1 1]");
  CHECK(record.show("100%% %{%}") == "100% {}");
}

TEST_CASE("null key and value show nothing and have length 0") {
  const Consumed record({.timestamp = 0});
  CHECK(record.show("[%k|%v|%K|%V|%H|%h{x}]") == "[||0|0|0|]");
}

TEST_CASE("text modifiers") {
  const Consumed record = full();
  CHECK(record.show("%v{hex} %v{base64} %k{base64raw} %t{hex}") == "76ff dv8= a2V5 6f7264657273");
  CHECK(record.show("%h{%k{hex},}") == "61,6e,61,");
}

TEST_CASE("number modifiers") {
  const Consumed record = full();
  CHECK(record.show("%o{hex16} %o{hex8} %o{hex4} %o{hex64} %o{ascii} %o{number}") == "0102 02 2 0000000000000102 258 258");
  CHECK(record.show("%o{big16}") == "\x01\x02");
  CHECK(record.show("%o{little32}") == std::string("\x02\x01\0\0", 4));
  CHECK(record.show("%o{byte}") == "\x02");
}

TEST_CASE("time modifiers are in UTC") {
  CHECK(full().show("%d{rfc3339} %d{strftime[%Y/%m/%d %H:%M]}") == "2026-01-01T00:00:00.123Z 2026/01/01 00:00");
}

TEST_CASE("escapes stand for their characters") { CHECK(full().show("%p\\t%o\\n\\x41\\\\") == "6\t258\nA\\"); }

TEST_CASE("what the language does not have is named") {
  CHECK(refusal("%q") == "the format has no verb '%q'");
  CHECK(refusal("%k%") == "the format has no verb '%" + std::string(1, '\0') + "'");
  CHECK(refusal("%v{hexx}") == "'%v' takes no modifier 'hexx'");
  CHECK(refusal("%o{hex7}") == "'%o' takes no modifier 'hex7'");
  CHECK(refusal("%o{base64}") == "'%o' takes no modifier 'base64'");
  CHECK(refusal("%v{hex") == "the brace behind '%v' is not closed");
  CHECK(refusal("%h") == "%h wants a format for one header, as in %h{ %k=%v}");
  CHECK(refusal("%h{%o}") == "the format has no verb '%o' inside %h{}");
  CHECK(refusal("a\\q") == "'a\\q' holds an escape that is none of \\n \\r \\t \\0 \\\\ \\xHH");
}
