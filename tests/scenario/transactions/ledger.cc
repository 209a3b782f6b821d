// Promises against entries.
#include "scenario/transactions/ledger.h"

#include <fmt/format.h>

namespace streamline::scenario {

using transactions::Outcome;

std::string Ledger::give(const transactions::Producer& producer, std::uint32_t client) {
  const auto [holder, is_new] = holders_.try_emplace({producer.id.value, producer.epoch}, client);
  if (is_new || holder->second == client) return {};
  return fmt::format("{}/{} was given to clients {} and {}", producer.id.value, producer.epoch, holder->second, client);
}

std::string Ledger::broken(const ModelPartitions& partitions) const {
  std::array<std::map<std::size_t, Fate>, 4> fates;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    fates[i] = partitions[i].fates();
    for (const auto& [at, fate] : fates[i]) {
      const std::uint32_t serial = partitions[i].serial_at(at);
      const Account& account = accounts_.at(serial - 1);
      if (fate == Fate::committed && !account.commit_sent) return fmt::format("transaction {} was committed by nobody", serial);
      if (fate == Fate::committed && account.answered == Outcome::abort)
        return fmt::format("transaction {} was aborted and is seen", serial);
      if (fate != Fate::committed && account.answered == Outcome::commit)
        return fmt::format("transaction {} was committed and is not", serial);
    }
  }
  for (std::size_t serial = 1; serial <= accounts_.size(); ++serial) {
    const Account& account = accounts_[serial - 1];
    for (const auto& [partition, at] : account.acked) {
      const auto entry = fates.at(partition).find(at);
      const bool is_there = entry != fates.at(partition).end() && partitions.at(partition).serial_at(at) == serial;
      if (!is_there) return fmt::format("an acknowledged record of transaction {} is lost", serial);
    }
  }
  return {};
}

std::string Ledger::broken_at_end(const ModelPartitions& partitions) const {
  std::map<std::uint32_t, Fate> fate_of;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    for (const auto& [at, fate] : partitions[i].fates()) {
      const std::uint32_t serial = partitions[i].serial_at(at);
      if (fate == Fate::open) return fmt::format("transaction {} hangs in partition {}", serial, i);
      if (fate_of.try_emplace(serial, fate).first->second != fate) return fmt::format("transaction {} has two fates", serial);
    }
  }
  return broken(partitions);
}

}  // namespace streamline::scenario
