// The quota of partitions made and deleted (KIP-599, rule 136).
#pragma once

#include <cstdint>

#include "broker/broker.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

/// Whether the client may make or delete so many partitions now; otherwise `answer` refuses it. Clients of versions before
/// `first_refused`, which do not know of this, are made to wait afterwards instead.
template <class Answer>
bool within_mutation_quota(Request& request, std::int64_t partitions, std::int16_t first_refused, Answer& answer) {
  auto& broker = request.broker();
  if (!broker.quotas().is_active()) return true;
  using Strictness = broker::ClientQuotas::Strictness;
  const Strictness strictness = request.version() >= first_refused ? Strictness::refuses : Strictness::only_delays;
  const auto mutation =
      broker.quotas().mutate(request.client_id(), static_cast<double>(partitions), strictness, broker.clock().monotonic_ms());
  request.throttle(mutation.wait_ms);
  if (mutation.allowed) return true;
  refuse(request, answer, wire::ErrorCode::throttling_quota_exceeded, "The throttling quota has been exceeded.");
  return false;
}

}  // namespace streamline::handlers
