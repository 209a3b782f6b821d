// ListPartitionReassignments (key 46), version 0: nothing is ever on its way to another broker. Of topics that are not there too, as
// Kafka answers.
#include "wire/messages/list_partition_reassignments.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

void list_partition_reassignments(Request& request) {
  const auto message = decode<wire::ListPartitionReassignmentsRequest>(request);
  if (!message) return;
  wire::ListPartitionReassignmentsResponse response;
  response.error_message.reset();
  request.reply(response);
}

}  // namespace streamline::handlers
