// TransactionVerifier: whom Produce asks whether a producer's transaction has a partition, so that no transaction can hang (kafka-rules
// 61). The transaction coordinator answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "record/batch.h"
#include "wire/error_code.h"

namespace streamline::broker {

class Shard;

/// Who waits for the answer; on its reactor's thread.
class VerificationWaiter {
 public:
  /// Told once. `error` is what the request that was asked for answers, in its version's terms; `text` lives until the call returns.
  virtual void on_verified(wire::ErrorCode error, std::string_view text) = 0;

 protected:
  ~VerificationWaiter() = default;
};

/// From this version of Produce on the partition is added to the transaction where it is missing; before, it has to be there.
inline constexpr std::int16_t kFirstThatAdds = 12;

/// The names live until verify() returns.
struct VerificationRequest {
  std::string_view transactional_id;
  ProducerId producer_id = kNoProducerId;
  std::int16_t producer_epoch = record::kNoProducerEpoch;
  std::string_view topic;
  std::int32_t partition = 0;
  std::int16_t produce_version = 0;
};

class TransactionVerifier {
 public:
  virtual ~TransactionVerifier() = default;
  /// On the shard's thread. The waiter is told on that thread, perhaps before this returns; questions about one transactional id are
  /// answered in their order. Nobody is told any more once the shard is shut down.
  virtual void verify(Shard& shard, const VerificationRequest& request, VerificationWaiter& waiter) = 0;
};

}  // namespace streamline::broker
