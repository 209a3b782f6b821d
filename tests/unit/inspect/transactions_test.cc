// What dump and check make of transactions: markers, indexes of aborted ones, and what snapshots and the manifest say.
#include <algorithm>

#include "fixture.h"
#include "unit/storage/transaction_fixture.h"

namespace streamline::inspect {
namespace {

using test::DataDirectory;
using Texts = std::vector<std::string>;

/// One aborted transaction at 0-1, one that is open since 2, in one segment.
struct TransactionDirectory : DataDirectory {
  TransactionDirectory() : DataDirectory(1 << 20) {
    storage::test::Transactor aborted{.id = ProducerId(5)};
    storage::test::Transactor open{.id = ProducerId(6)};
    aborted.write(*bench.log);
    aborted.abort(*bench.log);
    open.write(*bench.log);
    stop();
  }
  std::string index() const { return storage::offset_file_name(Offset(0), storage::kAbortedEnding); }
  void put_index(const storage::AbortedTransaction& transaction) {
    storage::AbortedIndex wrong;
    wrong.add(transaction);
    REQUIRE(fs::replace_file(files, path(index()), wrong.encode()));
  }
  bool shows(const std::string& file, const std::string& line) {
    const auto lines = dump(file);
    return std::ranges::any_of(lines, [&](const std::string& one) { return one.find(line) != std::string::npos; });
  }
};

TEST_CASE("transactions are shown") {
  TransactionDirectory d;
  CHECK(d.dump(d.index()) == Texts{"aborted  producer_id=5 first_offset=0 marker_offset=1 last_stable=2"});
  const std::string snapshot = storage::offset_file_name(Offset(3), storage::kProducersEnding);
  CHECK(d.shows(snapshot, "producer_id=6 producer_epoch=0 coordinator_epoch=-1 open_since=2"));
  CHECK(d.shows(snapshot, "from=0 to=3 count=1"));
  CHECK(d.shows("/manifest", "first_unstable=2"));
  CHECK(d.check().brief().empty());
}

TEST_CASE("an index of aborted transactions that does not hold is told and made anew") {
  TransactionDirectory d;
  SECTION("damaged") { d.write(d.index(), 20, "\x66"); }
  SECTION("an abort that is a commit, or nothing") {
    d.put_index({.producer_id = ProducerId(6), .first = Offset(0), .marker = Offset(2), .last_stable = Offset(3)});
  }
  SECTION("an abort of somebody else") {
    d.put_index({.producer_id = ProducerId(7), .first = Offset(0), .marker = Offset(1), .last_stable = Offset(2)});
  }
  const auto found = d.check(Repair::yes).brief();
  REQUIRE(found.size() == 1);
  CHECK(found.front().starts_with("note aborted"));
  CHECK(d.check().brief().empty());
  d.bench.open(d.files);
  CHECK(storage::test::aborted(*d.bench.log) == Texts{"5 0-1"});
  CHECK(d.bench.log->last_stable() == Offset(2));
}

TEST_CASE("an index of aborted transactions without its segment is a leftover") {
  TransactionDirectory d;
  d.write(storage::offset_file_name(Offset(77), storage::kAbortedEnding), 0, "x");
  CHECK(d.check().brief() == Texts{"note leftover"});
}

}  // namespace
}  // namespace streamline::inspect
