// Names, numbers and edges of the states.
#include "transactions/state.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace streamline::transactions {
namespace {

constexpr int kStates = 8;

TEST_CASE("names lead back to their states, and nothing else does") {
  std::set<std::string_view> names;
  for (int i = 0; i < kStates; ++i) {
    const auto state = State(i);
    CHECK(state_named(name_of(state)) == state);
    names.insert(name_of(state));
  }
  CHECK(names.size() == kStates);
  CHECK_FALSE(state_named("empty"));
  CHECK_FALSE(state_named(""));
}

TEST_CASE("six states may be in the log") {
  for (int number = -128; number < 128; ++number) CHECK(logged_state(std::int8_t(number)).has_value() == (number >= 0 && number <= 5));
}

TEST_CASE("the edges are these and no others") {
  // A row for each state before, a column for each after, in the order of their numbers.
  constexpr std::string_view kTable[kStates] = {
      "xx.x..x.",  // Empty
      ".xxx...x",  // Ongoing
      "....x...",  // PrepareCommit
      ".....x..",  // PrepareAbort
      "xx.x..x.",  // CompleteCommit
      "xx.x..x.",  // CompleteAbort
      "........",  // Dead
      "...x....",  // PrepareEpochFence
  };
  for (int before = 0; before < kStates; ++before) {
    std::string row;
    for (int after = 0; after < kStates; ++after) row += may_follow(State(before), State(after)) ? 'x' : '.';
    INFO(name_of(State(before)));
    CHECK(row == kTable[before]);
  }
}

TEST_CASE("decisions and ends belong to their outcomes") {
  for (const Outcome outcome : {Outcome::commit, Outcome::abort}) {
    CHECK(is_prepared(prepared(outcome)));
    CHECK(is_complete(completed(outcome)));
    CHECK(outcome_of(prepared(outcome)) == outcome);
    CHECK(outcome_of(completed(outcome)) == outcome);
    CHECK(may_follow(prepared(outcome), completed(outcome)));
  }
  CHECK_FALSE(is_prepared(State::ongoing));
  CHECK_FALSE(is_complete(State::empty));
}

}  // namespace
}  // namespace streamline::transactions
