// Result<T>: an expected failure as a value. Error = a small code of ours plus a text whose context was added once,
// where it is known. Only broker/wire_error.cc maps codes to Kafka's numbers.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace streamline {

enum class Errc : std::uint8_t {
  // input that breaks a rule
  invalid_argument,
  out_of_range,
  too_large,
  unsupported,
  malformed,  // bytes that do not parse
  corrupt,    // bytes that parse but fail their checksum
  // state
  not_found,
  already_exists,
  conflict,
  fenced,
  closed,
  timed_out,
  // the machine
  io,
  no_space,
  too_many_files,
  permission,
  locked,
  // produce checks (kafka-rules sections 3 and 4)
  invalid_record,
  invalid_timestamp,
  record_list_too_large,
  unsupported_codec,
  out_of_order_sequence,
  invalid_producer_epoch,
  // transactions (kafka-rules section 5)
  invalid_txn_state,
  coordinator_fenced,
  // fetch checks (kafka-rules sections 6 and 7)
  offset_out_of_range,
  fenced_leader_epoch,
  unknown_leader_epoch,
  // configuration and topics (kafka-rules section 2)
  invalid_config,
  invalid_topic_name,
  invalid_partitions,
  invalid_replication_factor,
  invalid_replica_assignment,
};

/// Stable lower-case name of a code, for logs and tests.
std::string_view to_string(Errc code);

struct Error {
  Errc code;
  std::string text;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};
using Status = Result<void>;

inline std::unexpected<Error> fail(Errc code, std::string text) { return std::unexpected<Error>(Error{code, std::move(text)}); }
/// Hands an error of one Result on as another's.
template <class T>
std::unexpected<Error> fail_with(Result<T>&& failed) {
  return std::unexpected<Error>(std::move(failed).error());
}
/// Error from errno, e.g. "open /data/lock: Permission denied"; ENOSPC/EDQUOT, EMFILE/ENFILE, ENOENT, EEXIST, EACCES/EPERM/EROFS keep their
/// codes.
std::unexpected<Error> fail_errno(int error_number, std::string_view doing);

}  // namespace streamline
