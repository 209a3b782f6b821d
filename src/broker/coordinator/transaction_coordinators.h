// TransactionCoordinators: the coordinator of every transactional id of this broker. Any thread, where nothing else is said.
#pragma once

#include <memory>
#include <ranges>
#include <string_view>

#include "broker/coordinator/coordinators.h"
#include "broker/coordinator/transaction_partition.h"
#include "transactions/sources.h"

namespace streamline::broker {

inline constexpr std::string_view kTransactionsTopic = "__transaction_state";

class TransactionCoordinators final : public Coordinators {
 public:
  explicit TransactionCoordinators(Broker& broker);

  /// Null until the topic was made. Lives as long as this.
  TransactionPartition* partition_of(std::string_view id) { return static_cast<TransactionPartition*>(find(id)); }
  /// Empty until the topic was made.
  auto partitions() {
    return all() | std::views::transform(
                       [](const auto& partition) -> TransactionPartition& { return static_cast<TransactionPartition&>(*partition); });
  }

 private:
  class FreshIds final : public transactions::ProducerIds {
   public:
    explicit FreshIds(Broker& broker) : broker_(broker) {}
    Result<ProducerId> next() override;

   private:
    Broker& broker_;
  };
  std::unique_ptr<CoordinatorPartition> make_partition(const CoordinatorPartition::Parts& parts) override;
  Sweep sweep_some(CoordinatorPartition& partition) override;

  FreshIds ids_;
};

}  // namespace streamline::broker
