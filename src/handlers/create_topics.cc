// CreateTopics (key 19), versions 2 to 7: validate-only, assignments, defaults by -1 (v4), the topic's configs in the answer (v5),
// its id (v7). Topics are usable, and in Metadata, when the answer is sent.
#include "wire/messages/create_topics.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::CreateTopicsRequest;
using Response = wire::CreateTopicsResponse;
using Answer = Response::CreatableTopicResult;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithConfigs = 5;

Result<catalog::NewTopic> wanted_topic(const Message::CreatableTopic& asked) {
  catalog::NewTopic wanted;
  wanted.name = asked.name;
  wanted.partition_count = asked.num_partitions;
  wanted.replication_factor = asked.replication_factor;
  for (const auto& assignment : asked.assignments) {
    wanted.assignments.push_back({.partition = assignment.partition_index,
                                  .broker_ids = {assignment.broker_ids.begin(), assignment.broker_ids.end()}});
  }
  for (const auto& config : asked.configs) {
    if (!config.value) return fail(Errc::invalid_config, "config " + std::string(config.name) + " has no value");
    if (!wanted.configs.emplace(config.name, *config.value).second) {
      return fail(Errc::invalid_config, "config " + std::string(config.name) + " is given twice");
    }
  }
  return wanted;
}

std::span<Response::CreatableTopicConfigs> describe_configs(Request& request, const config::TopicConfigMap& configs) {
  const auto described = config::describe_topic(configs, request.broker().properties());
  auto out = request.arena().make_array<Response::CreatableTopicConfigs>(described.size());
  for (std::size_t i = 0; i < described.size(); ++i) {
    out[i].name = described[i].property->name;
    if (described[i].value) {
      out[i].value = request.arena().copy(*described[i].value);
    } else {
      out[i].value.reset();
    }
    out[i].read_only = described[i].read_only;
    out[i].config_source = static_cast<std::int8_t>(described[i].source);
    out[i].is_sensitive = described[i].sensitive;
  }
  return out;
}

void describe(Request& request, const catalog::Topic& topic, Answer& answer) {
  answer.error_message.reset();
  answer.topic_id = topic.id;
  answer.num_partitions = topic.partition_count;
  answer.replication_factor = 1;
  if (request.version() >= kFirstWithConfigs) answer.configs = describe_configs(request, topic.configs);
}

void answer_topic(Request& request, const Result<catalog::NewTopic>& wanted, bool validate_only, Answer& answer) {
  if (!wanted) return refuse(request, answer, broker::wire_error(wanted.error().code), wanted.error().text);
  auto& catalog = request.broker().catalog();
  if (validate_only) {
    const auto checked = catalog.check(*wanted);
    if (!checked) return refuse(request, answer, broker::wire_error(checked.error().code), checked.error().text);
    return describe(request, *checked, answer);
  }
  const auto made = catalog.create(*wanted, request.wall_ms());
  if (!made) return refuse(request, answer, broker::wire_error(made.error().code), made.error().text);
  describe(request, **made, answer);
}

}  // namespace

void create_topics(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  std::unordered_map<std::string_view, int> times;
  for (const auto& topic : message->topics) ++times[topic.name];

  Response response;
  auto answers = request.arena().make_array<Answer>(times.size());
  std::size_t count = 0;
  for (const auto& topic : message->topics) {
    int& seen = times[topic.name];
    if (seen == 0) continue;  // a name that came twice is answered once
    Answer& answer = answers[count++];
    answer.name = topic.name;
    answer.configs.reset();
    if (seen > 1) {
      refuse(request, answer, ErrorCode::invalid_request, "the request names this topic more than once");
      seen = 0;
      continue;
    }
    answer_topic(request, wanted_topic(topic), message->validate_only, answer);
  }
  response.topics = answers.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
