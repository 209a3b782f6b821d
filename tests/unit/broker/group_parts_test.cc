// The small parts of the groups' runtime: the hash, the cutting of batches, the places of requests that wait.
#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "broker/coordinator/group_coordinators.h"
#include "broker/coordinator/record_batches.h"
#include "broker/coordinator/ticket_table.h"
#include "record/batch.h"
#include "record/batch_walker.h"

using namespace streamline;
using namespace streamline::broker;

namespace {

void add(groups::RecordList& list, std::size_t key_bytes, std::optional<std::size_t> value_bytes) {
  const MutableBytes bytes = list.add(key_bytes, value_bytes);
  for (std::byte& byte : bytes) byte = std::byte{'x'};
}

}  // namespace

TEST_CASE("the hash of a group is Java's of the same text in UTF-16") {
  // As java.lang.String.hashCode gives them.
  CHECK(java_string_hash("") == 0);
  CHECK(java_string_hash("a") == 97);
  CHECK(java_string_hash("hello") == 99162322);
  CHECK(java_string_hash("polygenelubricants") == -2147483648);
  CHECK(java_string_hash("\xc3\xa9") == 233);
  CHECK(java_string_hash("\xe2\x82\xac") == 8364);
  CHECK(java_string_hash("\xf0\x9f\x98\x80") == 55357 * 31 + 56832);
}

TEST_CASE("the hash of what is no UTF-8 is some hash") {
  for (const std::string_view text : {"\xff", "\xf0\x9f", "a\xc3", "\x80"}) CHECK(java_string_hash(text) == java_string_hash(text));
}

TEST_CASE("a turn's records are one batch while they fit, and several cut between records above") {
  groups::RecordList list;
  for (int i = 0; i < 10; ++i) add(list, 40, 60);
  RecordBatches batches;
  REQUIRE(batches.build(list, {.max_batch_bytes = 1 << 20, .wall_ms = 1'000}));
  CHECK(batches.items().size() == 1);
  REQUIRE(batches.build(list, {.max_batch_bytes = 500, .wall_ms = 1'000}));
  CHECK(batches.items().size() > 2);
  std::int32_t records = 0;
  for (const storage::AppendItem* item : batches.items()) {
    CHECK(item->batch.size() <= 500);
    record::BatchWalker walker(item->batch);
    const auto batch = walker.next();
    REQUIRE(batch);
    REQUIRE(*batch);
    records += (*batch)->header.record_count;
    CHECK(record::check_crc(item->batch));
  }
  CHECK(records == 10);
}

TEST_CASE("the records of a transaction are a batch of that producer, in their place among the others") {
  groups::RecordList list;
  const coordinator::TransactionalWriter one{.id = ProducerId(7), .epoch = 2};
  const coordinator::TransactionalWriter other{.id = ProducerId(8), .epoch = 0};
  for (const auto& writer : {coordinator::TransactionalWriter{}, one, one, other, coordinator::TransactionalWriter{}}) {
    for (std::byte& byte : list.add(4, 4, writer)) byte = std::byte{'x'};
  }
  const HeldGuard guards[] = {{.producer = other.id, .guard = storage::TransactionGuard(5)}};
  RecordBatches batches;
  REQUIRE(batches.build(list, {.max_batch_bytes = 1 << 20, .wall_ms = 1'000}, guards));
  std::vector<std::tuple<std::int64_t, std::int16_t, bool, std::int32_t, bool>> shown;
  for (const storage::AppendItem* item : batches.items()) {
    const auto header = record::read_batch_header(item->batch);
    REQUIRE(header);
    CHECK(header->base_sequence == record::kNoSequence);
    shown.emplace_back(header->producer_id.value, header->producer_epoch, header->is_transactional(), header->record_count,
                       item->guard == storage::TransactionGuard(5));
  }
  const decltype(shown) expected = {{-1, -1, false, 1, false}, {7, 2, true, 2, false}, {8, 0, true, 1, true}, {-1, -1, false, 1, false}};
  CHECK(shown == expected);
}

TEST_CASE("a ticket names its reactor, and its place is used again under another name") {
  TicketTable table(3);
  const groups::Ticket first = table.open({}, 1);
  CHECK(TicketTable::reactor_of(first) == 3);
  const groups::Ticket second = table.open({}, 2);
  CHECK(first != second);
  CHECK(table.at(second).correlation_id == 2);
  table.close(first);
  CHECK(table.size() == 1);
  const groups::Ticket third = table.open({}, 3);
  CHECK(third != first);
  CHECK(table.at(third).correlation_id == 3);
  CHECK(table.size() == 2);
}
