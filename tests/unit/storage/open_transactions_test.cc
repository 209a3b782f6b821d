// Transactions open and end; readers of committed data see what has ended and nothing else.
#include "storage/open_transactions.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>

namespace streamline::storage {
namespace {

using record::EndMarker;
using record::TransactionEnd;

record::BatchHeader data(std::int64_t producer, int epoch, std::int64_t offset) {
  return {.base_offset = Offset(offset),
          .attributes = record::kTransactionalBit,
          .producer_id = ProducerId(producer),
          .producer_epoch = static_cast<std::int16_t>(epoch),
          .record_count = 1};
}

record::BatchHeader plain(std::int64_t producer, int epoch, std::int64_t offset) {
  record::BatchHeader header = data(producer, epoch, offset);
  header.attributes = 0;
  return header;
}

EndMarker marker(std::int64_t producer, int epoch, TransactionEnd end, std::int32_t coordinator_epoch = 0) {
  return {.producer_id = ProducerId(producer),
          .producer_epoch = static_cast<std::int16_t>(epoch),
          .end = end,
          .coordinator_epoch = coordinator_epoch};
}

GuardRequest of(std::int64_t producer, std::int32_t first_sequence = 0) {
  return {.id = ProducerId(producer), .epoch = 0, .first_sequence = first_sequence};
}

constexpr auto kCommit = TransactionEnd::commit;
constexpr auto kAbort = TransactionEnd::abort;

TEST_CASE("a transaction holds readers back from its first record to its marker") {
  OpenTransactions open;
  CHECK(open.last_stable(Offset(10)) == Offset(10));
  open.apply(data(1, 0, 10));
  open.apply(data(1, 0, 12));
  open.commit();
  CHECK(open.last_stable(Offset(20)) == Offset(10));
  CHECK(open.is_open(ProducerId(1)));
  CHECK_FALSE(open.apply(marker(1, 0, kCommit), Offset(20)));
  open.commit();
  CHECK_FALSE(open.is_open(ProducerId(1)));
  CHECK(open.last_stable(Offset(21)) == Offset(21));
}

TEST_CASE("a marker that is not below the high watermark has ended nothing yet") {
  OpenTransactions open;
  open.apply(data(1, 0, 10));
  open.apply(marker(1, 0, kCommit), Offset(11));
  open.commit();
  CHECK(open.last_stable(Offset(11)) == Offset(10));
  CHECK(open.last_stable(Offset(12)) == Offset(12));
  open.note_high_watermark(Offset(12));
  CHECK(open.last_stable(Offset(12)) == Offset(12));
}

TEST_CASE("nobody is held back by what is above the high watermark") {
  OpenTransactions open;
  open.apply(data(1, 0, 10));
  CHECK(open.last_stable(Offset(5)) == Offset(5));
}

TEST_CASE("the oldest open transaction counts") {
  OpenTransactions open;
  open.apply(data(1, 0, 10));
  open.apply(data(2, 0, 11));
  open.apply(marker(1, 0, kCommit), Offset(12));
  open.commit();
  open.note_high_watermark(Offset(13));
  CHECK(open.last_stable(Offset(13)) == Offset(11));
  CHECK(open.open_count() == 1);
}

TEST_CASE("an abort says from where to where, and what was stable then") {
  OpenTransactions open;
  open.apply(data(1, 0, 10));
  open.apply(data(2, 0, 11));
  const auto inner = open.apply(marker(2, 0, kAbort), Offset(12));
  CHECK(inner == AbortedTransaction{.producer_id = ProducerId(2), .first = Offset(11), .marker = Offset(12), .last_stable = Offset(10)});
  const auto outer = open.apply(marker(1, 0, kAbort), Offset(13));
  CHECK(outer == AbortedTransaction{.producer_id = ProducerId(1), .first = Offset(10), .marker = Offset(13), .last_stable = Offset(14)});
}

TEST_CASE("a marker without anything open ends nothing, and fences what comes late") {
  OpenTransactions open;
  CHECK_FALSE(open.apply(marker(1, 3, kAbort), Offset(10)));
  open.commit();
  CHECK(open.last_stable(Offset(11)) == Offset(11));
  CHECK(open.check(marker(1, 2, kCommit)) == TransactionFault::old_epoch);
  CHECK_FALSE(open.check(marker(1, 3, kCommit)));
}

TEST_CASE("a marker of an older epoch or an older coordinator is refused") {
  OpenTransactions open;
  CHECK_FALSE(open.check(marker(1, 0, kCommit)));
  open.apply(data(1, 4, 10));
  CHECK(open.check(marker(1, 3, kCommit)) == TransactionFault::old_epoch);
  CHECK_FALSE(open.check(marker(1, 4, kCommit)));
  CHECK_FALSE(open.check(marker(1, 5, kCommit)));
  open.apply(marker(1, 4, kCommit, 7), Offset(11));
  CHECK(open.check(marker(1, 4, kCommit, 6)) == TransactionFault::coordinator_fenced);
  CHECK_FALSE(open.check(marker(1, 4, kCommit, 7)));
}

TEST_CASE("plain data of a producer is refused while its transaction is open") {
  OpenTransactions open;
  CHECK_FALSE(open.check(plain(1, 0, 10), std::nullopt));
  open.apply(data(1, 0, 10));
  CHECK(open.check(plain(1, 0, 11), std::nullopt) == TransactionFault::not_transactional);
  CHECK_FALSE(open.check(plain(2, 0, 11), std::nullopt));
  open.apply(marker(1, 0, kCommit), Offset(11));
  CHECK_FALSE(open.check(plain(1, 0, 12), std::nullopt));
}

TEST_CASE("data without a producer is of no concern") {
  OpenTransactions open;
  record::BatchHeader header;
  CHECK_FALSE(open.check(header, std::nullopt));
  open.apply(header);
  CHECK(open.entries().empty());
}

TEST_CASE("the first data of a transaction needs a guard, the rest does not") {
  OpenTransactions open;
  CHECK(open.check(data(1, 0, 10), std::nullopt) == TransactionFault::not_verified);
  const auto guard = open.guard(of(1));
  CHECK(open.guard(of(1)) == guard);
  CHECK_FALSE(open.check(data(1, 0, 10), guard));
  CHECK(open.check(data(2, 0, 10), guard) == TransactionFault::not_verified);
  open.apply(data(1, 0, 10));
  CHECK_FALSE(open.check(data(1, 0, 11), std::nullopt));
  CHECK(open.check(data(1, 1, 11), std::nullopt) == TransactionFault::not_verified);
}

TEST_CASE("in an open transaction nobody is asked, unless an earlier question waits for its answer") {
  OpenTransactions open;
  const auto guard = open.guard(of(1));
  open.apply(data(1, 0, 10));
  CHECK(open.guard(of(1)) == guard);
  open.release_guard(ProducerId(1), *guard);
  open.release_guard(ProducerId(1), *guard);
  CHECK_FALSE(open.guard(of(1)));
}

TEST_CASE("what comes first in a transaction is what was asked for first") {
  OpenTransactions open;
  record::BatchHeader second = data(1, 0, 10);
  second.base_sequence = 7;
  const auto guard = open.guard(of(1, 5));
  CHECK(open.guard(of(1, 7)) == guard);
  CHECK(open.check(second, guard) == TransactionFault::out_of_order);
  open.release_guard(ProducerId(1), *guard);
  CHECK(open.check(second, guard) == TransactionFault::out_of_order);
  second.base_sequence = 5;
  CHECK_FALSE(open.check(second, guard));
}

TEST_CASE("sequences wrap while guards are held") {
  OpenTransactions open;
  record::BatchHeader first = data(1, 0, 10);
  first.base_sequence = 0x7ffffff0;
  const auto guard = open.guard(of(1, first.base_sequence));
  CHECK(open.guard(of(1, 3)) == guard);
  CHECK_FALSE(open.check(first, guard));
}

TEST_CASE("a guard is good for one transaction") {
  OpenTransactions open;
  const auto guard = open.guard(of(1));
  open.apply(data(1, 0, 10));
  open.apply(marker(1, 0, kCommit), Offset(11));
  CHECK(open.check(data(1, 0, 12), guard) == TransactionFault::not_verified);
  CHECK(open.guard(of(1)) != guard);
}

TEST_CASE("a marker makes a guard void: the transaction ended while its coordinator was asked") {
  OpenTransactions open;
  const auto guard = open.guard(of(1));
  open.apply(marker(1, 0, kAbort), Offset(10));
  CHECK(open.check(data(1, 0, 11), guard) == TransactionFault::not_verified);
}

TEST_CASE("a guard that nobody holds is void when it was forgotten") {
  OpenTransactions open;
  const auto guard = open.guard(of(1));
  open.drop_idle_guards();
  CHECK_FALSE(open.check(data(1, 0, 10), guard));
  open.release_guard(ProducerId(1), *guard);
  open.drop_idle_guards();
  CHECK(open.check(data(1, 0, 10), guard) == TransactionFault::not_verified);
}

TEST_CASE("a failed write leaves no trace but void guards") {
  OpenTransactions open;
  open.apply(data(1, 0, 10));
  open.apply(data(2, 0, 11));
  open.apply(marker(2, 0, kAbort), Offset(12));
  open.commit();
  const auto before = open.entries();
  const auto guard = open.guard(of(3));
  open.apply(marker(1, 1, kCommit, 5), Offset(13));
  open.apply(data(2, 1, 14));
  open.apply(data(3, 0, 15));
  open.apply(marker(3, 0, kAbort), Offset(16));
  open.roll_back();
  CHECK(open.entries() == before);
  CHECK(open.open_count() == 1);
  CHECK(open.last_stable(Offset(13)) == Offset(10));
  CHECK(open.check(data(3, 0, 13), guard) == TransactionFault::not_verified);
}

TEST_CASE("entries restore what they were taken from") {
  OpenTransactions open;
  open.apply(data(1, 2, 10));
  open.apply(data(2, 0, 11));
  open.apply(marker(2, 1, kCommit, 3), Offset(12));
  open.commit();
  OpenTransactions again;
  for (const TransactionEntry& entry : open.entries()) again.restore(entry);
  CHECK(again.entries() == open.entries());
  CHECK(again.last_stable(Offset(20)) == Offset(10));
  CHECK(again.check(marker(2, 1, kCommit, 2)) == TransactionFault::coordinator_fenced);
}

TEST_CASE("a producer is forgotten unless its transaction is open") {
  OpenTransactions open;
  open.apply(data(1, 0, 10));
  open.apply(marker(2, 0, kCommit), Offset(11));
  open.commit();
  CHECK_FALSE(open.forget(ProducerId(1)));
  CHECK(open.forget(ProducerId(2)));
  CHECK(open.forget(ProducerId(3)));
  CHECK(open.entries().size() == 1);
}

/// Everything that happened, looked at anew for each question.
struct History {
  struct Span {
    std::int64_t producer = 0;
    std::int64_t first = 0;
    std::int64_t marker = -1;
  };
  std::vector<Span> spans{};

  std::int64_t last_stable(std::int64_t high_watermark) const {
    std::int64_t stable = high_watermark;
    for (const Span& span : spans) {
      if (span.marker < 0 || span.marker >= high_watermark) stable = std::min(stable, span.first);
    }
    return stable;
  }
  Span* open_of(std::int64_t producer) {
    for (Span& span : spans) {
      if (span.producer == producer && span.marker < 0) return &span;
    }
    return nullptr;
  }
};

TEST_CASE("random transactions, failed writes and high watermarks: what is stable is what counting says") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    OpenTransactions open;
    History history;
    std::int64_t end = 0;
    std::int64_t high_watermark = 0;
    for (int step = 0; step < 100; ++step) {
      const History kept = history;
      const std::int64_t begin = end;
      for (std::uint64_t batch = random() % 4; batch > 0; --batch, ++end) {
        const auto producer = static_cast<std::int64_t>(random() % 5);
        History::Span* mine = history.open_of(producer);
        if (random() % 3 == 0) {
          open.apply(marker(producer, 0, random() % 2 == 0 ? kCommit : kAbort), Offset(end));
          if (mine != nullptr) mine->marker = end;
        } else {
          open.apply(data(producer, 0, end));
          if (mine == nullptr) history.spans.push_back({.producer = producer, .first = end});
        }
      }
      if (random() % 4 == 0) {
        open.roll_back();
        history = kept;
        end = begin;
      } else {
        open.commit();
      }
      if (random() % 2 == 0) {
        high_watermark += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end - high_watermark + 1));
        open.note_high_watermark(Offset(high_watermark));
      }
      REQUIRE(open.last_stable(Offset(high_watermark)) == Offset(history.last_stable(high_watermark)));
    }
  }
}

}  // namespace
}  // namespace streamline::storage
