// The states of a transaction, Kafka's names and numbers for them, and which may follow which (rule 56).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace streamline::transactions {

/// The numbers are those of the log. Kafka shows the last two between a decision and its record; here both are one step, so that no
/// transaction is ever seen in them, and they are in no log.
enum class State : std::int8_t {
  empty = 0,           ///< a producer has the id; nothing is open
  ongoing = 1,         ///< open: partitions may be added
  prepare_commit = 2,  ///< decided; markers are being written
  prepare_abort = 3,
  complete_commit = 4,  ///< every marker is written
  complete_abort = 5,
  dead = 6,                 ///< expired
  prepare_epoch_fence = 7,  ///< to be aborted against its producer's will
};

enum class Outcome : std::uint8_t { commit, abort };

/// "PrepareCommit".
std::string_view name_of(State state);
/// None for what is no state's name; the case counts, as in Kafka.
std::optional<State> state_named(std::string_view name);
/// None for a number that no record may hold.
std::optional<State> logged_state(std::int8_t number);
/// Whether a record with `after` may follow one with `before`. Dead stands for the tombstone.
bool may_follow(State before, State after);

constexpr bool is_prepared(State state) { return state == State::prepare_commit || state == State::prepare_abort; }
constexpr bool is_complete(State state) { return state == State::complete_commit || state == State::complete_abort; }
/// The outcome that a prepared or complete state is about.
constexpr Outcome outcome_of(State state) {
  return state == State::prepare_commit || state == State::complete_commit ? Outcome::commit : Outcome::abort;
}
constexpr State prepared(Outcome outcome) { return outcome == Outcome::commit ? State::prepare_commit : State::prepare_abort; }
constexpr State completed(Outcome outcome) { return outcome == Outcome::commit ? State::complete_commit : State::complete_abort; }

}  // namespace streamline::transactions
