// CreateTopics (key 19), versions 0 to 7: assignments, validate-only (v1), defaults by -1 (v4), the topic's configs in the answer (v5),
// its id (v7). Topics are usable, and in Metadata, when the answer is sent.
#include "wire/messages/create_topics.h"

#include <string>
#include <vector>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"
#include "handlers/repeated_names.h"

namespace streamline::handlers {

namespace {

using Message = wire::CreateTopicsRequest;
using Response = wire::CreateTopicsResponse;
using Answer = Response::CreatableTopicResult;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithConfigs = 5;

Result<catalog::NewTopic> wanted_topic(Request& request, const Message::CreatableTopic& asked) {
  catalog::NewTopic wanted;
  wanted.name = asked.name;
  wanted.partition_count = asked.num_partitions;
  wanted.replication_factor = asked.replication_factor;
  for (const auto& assignment : asked.assignments) {
    wanted.assignments.push_back(
        {.partition = assignment.partition_index, .broker_ids = {assignment.broker_ids.begin(), assignment.broker_ids.end()}});
  }
  for (const auto& config : asked.configs) {
    if (!config.value) return fail(Errc::invalid_config, "config " + std::string(config.name) + " has no value");
    if (!wanted.configs.emplace(config.name, *config.value).second) {
      return fail(Errc::invalid_config, "config " + std::string(config.name) + " is given twice");
    }
  }
  request.broker().groups().complete(wanted);
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

void answer_with(Request& request, const Result<catalog::TopicPtr>& made, Answer& answer) {
  if (!made) return refuse(request, answer, broker::wire_error(made.error().code), made.error().text);
  describe(request, **made, answer);
}

void only_check(Request& request, const catalog::NewTopic& wanted, Answer& answer) {
  const auto checked = request.broker().catalog().check(wanted);
  if (!checked) return refuse(request, answer, broker::wire_error(checked.error().code), checked.error().text);
  describe(request, *checked, answer);
}

/// Topics to be made together, with the answers that wait for them.
struct Batch {
  std::vector<catalog::NewTopic> wanted;
  std::vector<Answer*> answers;
};

}  // namespace

void create_topics(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  RepeatedNames names(message->topics);
  auto answers = request.arena().make_array<Answer>(names.distinct());
  std::size_t count = 0;
  Batch batch;
  for (const auto& topic : message->topics) {
    const NameUse use = names.use(topic.name);
    if (use == NameUse::answered) continue;
    Answer& answer = answers[count++];
    answer.name = topic.name;
    answer.configs.reset();
    if (use == NameUse::repeated) {
      refuse(request, answer, ErrorCode::invalid_request, kNamedTwice);
      continue;
    }
    Result<catalog::NewTopic> wanted = wanted_topic(request, topic);
    if (!wanted) {
      refuse(request, answer, broker::wire_error(wanted.error().code), wanted.error().text);
    } else if (message->validate_only) {
      only_check(request, *wanted, answer);
    } else {
      batch.wanted.push_back(*std::move(wanted));
      batch.answers.push_back(&answer);
    }
  }
  const auto made = request.broker().catalog().create_all(batch.wanted, request.wall_ms());
  for (std::size_t i = 0; i < made.size(); ++i) answer_with(request, made[i], *batch.answers[i]);
  Response response;
  response.topics = answers.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
