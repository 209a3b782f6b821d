// Names of error codes and the mapping from errno.
#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace streamline {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::out_of_range: return "out_of_range";
    case Errc::too_large: return "too_large";
    case Errc::unsupported: return "unsupported";
    case Errc::malformed: return "malformed";
    case Errc::corrupt: return "corrupt";
    case Errc::not_found: return "not_found";
    case Errc::already_exists: return "already_exists";
    case Errc::conflict: return "conflict";
    case Errc::fenced: return "fenced";
    case Errc::closed: return "closed";
    case Errc::timed_out: return "timed_out";
    case Errc::io: return "io";
    case Errc::no_space: return "no_space";
    case Errc::too_many_files: return "too_many_files";
    case Errc::permission: return "permission";
    case Errc::locked: return "locked";
    case Errc::invalid_record: return "invalid_record";
    case Errc::invalid_timestamp: return "invalid_timestamp";
    case Errc::record_list_too_large: return "record_list_too_large";
    case Errc::unsupported_codec: return "unsupported_codec";
    case Errc::out_of_order_sequence: return "out_of_order_sequence";
    case Errc::invalid_producer_epoch: return "invalid_producer_epoch";
    case Errc::invalid_txn_state: return "invalid_txn_state";
    case Errc::coordinator_fenced: return "coordinator_fenced";
    case Errc::offset_out_of_range: return "offset_out_of_range";
    case Errc::fenced_leader_epoch: return "fenced_leader_epoch";
    case Errc::unknown_leader_epoch: return "unknown_leader_epoch";
    case Errc::invalid_config: return "invalid_config";
    case Errc::invalid_topic_name: return "invalid_topic_name";
    case Errc::invalid_partitions: return "invalid_partitions";
    case Errc::invalid_replication_factor: return "invalid_replication_factor";
    case Errc::invalid_replica_assignment: return "invalid_replica_assignment";
  }
  return "unknown";
}

namespace {
Errc code_of(int error_number) {
  switch (error_number) {
    case ENOENT: return Errc::not_found;
    case EEXIST: return Errc::already_exists;
    case ENOSPC:
    case EDQUOT: return Errc::no_space;
    case EMFILE:
    case ENFILE: return Errc::too_many_files;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::permission;
    default: return Errc::io;
  }
}
}  // namespace

std::unexpected<Error> fail_errno(int error_number, std::string_view doing) {
  std::string text(doing);
  text += ": ";
  text += std::generic_category().message(error_number);
  return fail(code_of(error_number), std::move(text));
}

}  // namespace streamline
