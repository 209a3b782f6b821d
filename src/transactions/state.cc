// The table of states and the table of edges.
#include "transactions/state.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace streamline::transactions {

namespace {

constexpr std::array<std::string_view, 8> kNames = {"Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
                                                    "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence"};

struct Edge {
  State before{};
  State after{};
};
constexpr std::array kEdges = {
    Edge{State::empty, State::empty},                  // the producer or another one takes the id
    Edge{State::empty, State::ongoing},                // the first partition
    Edge{State::empty, State::prepare_abort},          // an abort with nothing open, for the epoch it gives (KIP-890)
    Edge{State::empty, State::dead},                   // expired
    Edge{State::ongoing, State::ongoing},              // more partitions
    Edge{State::ongoing, State::prepare_commit},       // EndTxn
    Edge{State::ongoing, State::prepare_abort},        // EndTxn
    Edge{State::ongoing, State::prepare_epoch_fence},  // timed out, or another producer takes the id
    Edge{State::prepare_epoch_fence, State::prepare_abort},
    Edge{State::prepare_commit, State::complete_commit},  // all markers are written
    Edge{State::prepare_abort, State::complete_abort},
    Edge{State::complete_commit, State::empty},
    Edge{State::complete_commit, State::ongoing},
    Edge{State::complete_commit, State::prepare_abort},
    Edge{State::complete_commit, State::dead},
    Edge{State::complete_abort, State::empty},
    Edge{State::complete_abort, State::ongoing},
    Edge{State::complete_abort, State::prepare_abort},
    Edge{State::complete_abort, State::dead},
};

}  // namespace

std::string_view name_of(State state) { return kNames[static_cast<std::size_t>(state)]; }

std::optional<State> state_named(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<State>(found - kNames.begin());
}

std::optional<State> logged_state(std::int8_t number) {
  if (number < 0 || number > static_cast<std::int8_t>(State::complete_abort)) return std::nullopt;
  return static_cast<State>(number);
}

bool may_follow(State before, State after) {
  return std::any_of(kEdges.begin(), kEdges.end(), [&](const Edge& edge) { return edge.before == before && edge.after == after; });
}

}  // namespace streamline::transactions
