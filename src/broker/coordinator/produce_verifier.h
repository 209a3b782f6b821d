// ProduceVerifier: asks the coordinator of a transactional id for Produce. Belongs to no thread: verify() works with what is the
// shard's.
#pragma once

#include "broker/transaction_verifier.h"

namespace streamline::broker {

class TransactionCoordinators;

class ProduceVerifier final : public TransactionVerifier {
 public:
  explicit ProduceVerifier(TransactionCoordinators& coordinators) : coordinators_(coordinators) {}
  void verify(Shard& shard, const VerificationRequest& request, VerificationWaiter& waiter) override;

 private:
  TransactionCoordinators& coordinators_;
};

}  // namespace streamline::broker
