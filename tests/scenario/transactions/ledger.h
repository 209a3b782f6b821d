// Ledger: what clients were promised, and whether the partitions keep it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenario/transactions/model_partition.h"

namespace streamline::scenario {

using ModelPartitions = std::array<ModelPartition, 4>;

/// One transaction as its client knows it.
struct Account {
  /// It was asked to be committed, so that it may be.
  bool commit_sent = false;
  std::optional<transactions::Outcome> answered{};
  /// Partition and place of what was acknowledged.
  std::vector<std::pair<std::size_t, std::size_t>> acked{};
};

class Ledger {
 public:
  std::uint32_t open() {
    accounts_.emplace_back();
    return static_cast<std::uint32_t>(accounts_.size());
  }
  Account& of(std::uint32_t serial) { return accounts_.at(serial - 1); }
  std::size_t size() const { return accounts_.size(); }

  /// A client is told that it is that producer. What is wrong with it: another one was told the same.
  std::string give(const transactions::Producer& producer, std::uint32_t client);

  /// Empty when the partitions hold what was promised. At any time, also after a power cut.
  std::string broken(const ModelPartitions& partitions) const;
  /// The same when everything has ended: nothing is open, and every transaction has one fate.
  std::string broken_at_end(const ModelPartitions& partitions) const;

 private:
  std::vector<Account> accounts_;
  std::map<std::pair<std::int64_t, std::int16_t>, std::uint32_t> holders_;
};

}  // namespace streamline::scenario
