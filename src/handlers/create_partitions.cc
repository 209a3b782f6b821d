// CreatePartitions (key 37), versions 0 to 3: a topic's partition count only grows (kafka-rules 26).
#include "wire/messages/create_partitions.h"

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/mutation_quota.h"
#include "handlers/refusal.h"
#include "handlers/repeated.h"

namespace streamline::handlers {

namespace {

using Message = wire::CreatePartitionsRequest;
using Response = wire::CreatePartitionsResponse;
using Answer = Response::CreatePartitionsTopicResult;
using wire::ErrorCode;

constexpr std::int16_t kFirstRefusedByQuota = 3;

void grow(Request& request, const Message::CreatePartitionsTopic& asked, bool validate_only, Answer& answer) {
  if (asked.name == broker::kGroupsTopic) {
    return refuse(request, answer, ErrorCode::invalid_topic_exception, "groups find their partition by the number of partitions");
  }
  if (asked.name == broker::kTransactionsTopic) {
    return refuse(request, answer, ErrorCode::invalid_topic_exception, "transactions find their partition by the number of partitions");
  }
  catalog::PartitionGrowth growth;
  growth.name = asked.name;
  growth.total_count = asked.count;
  if (asked.assignments) {
    auto& replicas = growth.assignments.emplace();
    for (const auto& assignment : *asked.assignments) replicas.emplace_back(assignment.broker_ids.begin(), assignment.broker_ids.end());
  }
  auto& catalog = request.broker().catalog();
  if (validate_only) {
    const Status checked = catalog.check_growth(growth);
    if (!checked) refuse(request, answer, broker::wire_error(checked.error().code), checked.error().text);
    return;
  }
  if (const Status checked = catalog.check_growth(growth); !checked) {
    return refuse(request, answer, broker::wire_error(checked.error().code), checked.error().text);
  }
  const auto topic = catalog.snapshot()->share(asked.name);
  const std::int64_t added = topic == nullptr ? 0 : growth.total_count - topic->partition_count;
  if (!within_mutation_quota(request, added, kFirstRefusedByQuota, answer)) return;
  const auto grown = catalog.add_partitions(growth);
  if (!grown) refuse(request, answer, broker::wire_error(grown.error().code), grown.error().text);
}

}  // namespace

void create_partitions(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  RepeatedNames names(message->topics, &Message::CreatePartitionsTopic::name);
  Response response;
  auto answers = request.arena().make_array<Answer>(names.distinct());
  std::size_t count = 0;
  for (const auto& topic : message->topics) {
    const Use use = names.use(topic.name);
    if (use == Use::answered) continue;
    Answer& answer = answers[count++];
    answer.name = topic.name;
    if (use == Use::repeated) {
      refuse(request, answer, ErrorCode::invalid_request, kNamedTwice);
      continue;
    }
    grow(request, topic, message->validate_only, answer);
  }
  response.results = answers.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
