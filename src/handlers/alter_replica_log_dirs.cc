// AlterReplicaLogDirs (key 34), versions 1 and 2: there is one directory, and every replica lies in it already (kafka-rules 138).
#include "wire/messages/alter_replica_log_dirs.h"

#include <map>
#include <vector>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/log_dir.h"

namespace streamline::handlers {

namespace {

using Message = wire::AlterReplicaLogDirsRequest;
using Response = wire::AlterReplicaLogDirsResponse;
using Answer = Response::AlterReplicaLogDirTopicResult;
using Result = Response::AlterReplicaLogDirPartitionResult;
using wire::ErrorCode;

/// By topic and partition, each once: a later directory for the same replica counts.
using Outcomes = std::map<std::string_view, std::map<std::int32_t, ErrorCode>>;

ErrorCode outcome(const catalog::Topic* topic, std::int32_t index) {
  const bool is_here = topic != nullptr && broker::find_partition(*topic, index) != nullptr;
  return is_here ? ErrorCode::none : ErrorCode::unknown_topic_or_partition;
}

Outcomes outcomes_of(Request& request, const Message& message) {
  const auto topics = request.broker().catalog().snapshot();
  const std::string here = log_dir(request.broker());
  Outcomes outcomes;
  for (const auto& directory : message.dirs) {
    for (const auto& asked : directory.topics) {
      for (const std::int32_t index : asked.partitions) {
        outcomes[asked.name][index] = directory.path == here ? outcome(topics->find(asked.name), index) : ErrorCode::log_dir_not_found;
      }
    }
  }
  return outcomes;
}

}  // namespace

void alter_replica_log_dirs(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const Outcomes outcomes = outcomes_of(request, *message);
  Response response;
  response.results = request.arena().make_array<Answer>(outcomes.size());
  std::size_t count = 0;
  for (const auto& [topic, partitions] : outcomes) {
    Answer& answer = response.results[count++];
    answer.topic_name = topic;
    answer.partitions = request.arena().make_array<Result>(partitions.size());
    std::size_t place = 0;
    for (const auto& [index, error] : partitions) {
      Result& result = answer.partitions[place++];
      result.partition_index = index;
      result.error_code = static_cast<std::int16_t>(error);
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
