// CreateTopics (key 19), versions 0 to 7: assignments, validate-only (v1), defaults by -1 (v4), the topic's configs in the answer (v5),
// its id (v7). Topics are usable, and in Metadata, when the answer is sent.
#include "wire/messages/create_topics.h"

#include <algorithm>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/mutation_quota.h"
#include "handlers/refusal.h"
#include "handlers/repeated.h"

namespace streamline::handlers {

namespace {

using Message = wire::CreateTopicsRequest;
using Response = wire::CreateTopicsResponse;
using Answer = Response::CreatableTopicResult;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithConfigs = 5;
constexpr std::int16_t kFirstRefusedByQuota = 6;
/// As Kafka has it: one request that asks for more makes nothing.
constexpr std::int64_t kMaxPartitionsPerRequest = 10'000;

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
  request.broker().transactions().complete(wanted);
  return wanted;
}

std::span<Response::CreatableTopicConfigs> describe_configs(Request& request, const config::TopicConfigMap& configs) {
  const auto described = config::describe_topic(configs, *request.broker().properties());
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

/// What one request asks for.
class Creation {
 public:
  Creation(Request& request, const Message& message)
      : request_(request), message_(message), names_(message.topics, &Message::CreatableTopic::name) {}

  void run() {
    auto answers = request_.arena().make_array<Answer>(names_.distinct());
    const bool is_too_much = partitions_asked() > kMaxPartitionsPerRequest;
    std::size_t count = 0;
    for (const auto& topic : message_.topics) {
      const Use use = names_.use(topic.name);
      if (use == Use::answered) continue;
      Answer& answer = answers[count++];
      answer.name = topic.name;
      answer.configs.reset();
      if (use == Use::repeated) {
        refuse(request_, answer, ErrorCode::invalid_request, kNamedTwice);
      } else if (is_too_much) {
        refuse(request_, answer, ErrorCode::policy_violation, "one request may ask for 10000 partitions in all");
      } else {
        take(topic, answer);
      }
    }
    make_together();
    Response response;
    response.topics = answers.first(count);
    request_.reply(response);
  }

 private:
  std::int64_t partitions_asked() const {
    const std::int64_t by_default = request_.broker().properties()->int32("num.partitions");
    std::int64_t sum = 0;
    for (const auto& topic : message_.topics) {
      if (names_.is_repeated(topic.name)) continue;
      const std::int64_t count = topic.num_partitions == catalog::kUseDefault ? by_default : std::max(topic.num_partitions, 0);
      sum += topic.assignments.empty() ? count : static_cast<std::int64_t>(topic.assignments.size());
    }
    return sum;
  }

  void take(const Message::CreatableTopic& topic, Answer& answer) {
    Result<catalog::NewTopic> wanted = wanted_topic(request_, topic);
    if (!wanted) return refuse(request_, answer, broker::wire_error(wanted.error().code), wanted.error().text);
    if (message_.validate_only) return only_check(request_, *wanted, answer);
    if (request_.broker().quotas().is_active()) {
      const auto checked = request_.broker().catalog().check(*wanted);
      if (!checked) return refuse(request_, answer, broker::wire_error(checked.error().code), checked.error().text);
      if (!within_mutation_quota(request_, checked->partition_count, kFirstRefusedByQuota, answer)) return;
    }
    wanted_.push_back(*std::move(wanted));
    waiting_.push_back(&answer);
  }

  void make_together() {
    const auto made = request_.broker().catalog().create_all(wanted_, request_.wall_ms());
    for (std::size_t i = 0; i < made.size(); ++i) answer_with(request_, made[i], *waiting_[i]);
  }

  Request& request_;
  const Message& message_;
  RepeatedNames names_;
  // topics to be made together, with the answers that wait for them
  std::vector<catalog::NewTopic> wanted_;
  std::vector<Answer*> waiting_;
};

}  // namespace

void create_topics(Request& request) {
  const auto message = decode<Message>(request);
  if (message) Creation(request, *message).run();
}

}  // namespace streamline::handlers
