// The id under which a producer writes idempotently or in transactions.
#pragma once

#include <chrono>
#include <string_view>

#include "base/ids.h"
#include "client/cluster.h"
#include "record/batch.h"

namespace streamline::client {

struct ProducerIdentity {
  ProducerId id = kNoProducerId;
  std::int16_t epoch = record::kNoProducerEpoch;
};

/// A new id; for a transactional id (not empty) the coordinator's, which ends what another producer of that name has open. A broker that
/// cannot gives kNoProducerId where no transaction is asked for.
Result<ProducerIdentity> obtain_identity(Cluster& cluster, std::string_view transactional_id,
                                         std::chrono::milliseconds transaction_timeout);

}  // namespace streamline::client
