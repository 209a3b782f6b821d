// What the coordinator of transactions is set up with; every field is a property of the server.
#pragma once

#include <cstddef>
#include <cstdint>

namespace streamline::transactions {

struct Options {
  /// transaction.max.timeout.ms: a producer that asks for more gets INVALID_TRANSACTION_TIMEOUT.
  std::int32_t max_timeout_ms = 15 * 60 * 1000;
  /// transactional.id.expiration.ms: an id that is not used for so long is forgotten (rule 71).
  std::int64_t id_expiration_ms = 7LL * 24 * 60 * 60 * 1000;
  /// What one record may take in the log. A transaction of more partitions than fit is refused before anything changes.
  std::size_t max_record_bytes = 1024 * 1024;
};

}  // namespace streamline::transactions
