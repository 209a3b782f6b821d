// DeleteTopics (key 20), versions 0 to 6: by name, and by id from v6 on. The topic is gone from Metadata when the answer is sent;
// its files go in the background. A topic that the request names more than once stays (kafka-rules 24).
#include "wire/messages/delete_topics.h"

#include <string>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/mutation_quota.h"
#include "handlers/refusal.h"
#include "handlers/repeated.h"

namespace streamline::handlers {

namespace {

using Message = wire::DeleteTopicsRequest;
using Asked = Message::DeleteTopicState;
using Response = wire::DeleteTopicsResponse;
using Answer = Response::DeletableTopicResult;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithTopicIds = 6;
constexpr std::int16_t kFirstWithDisabled = 3;
constexpr std::int16_t kFirstRefusedByQuota = 5;

bool is_by_name(const Asked& asked) { return asked.name && asked.topic_id.is_zero(); }
bool is_by_id(const Asked& asked) { return !asked.name && !asked.topic_id.is_zero(); }

/// What the request names, whatever its version.
std::span<const Asked> all_asked(Request& request, const Message& message) {
  if (request.version() >= kFirstWithTopicIds) return message.topics;
  auto asked = request.arena().make_array<Asked>(message.topic_names.size());
  for (std::size_t i = 0; i < asked.size(); ++i) asked[i].name = message.topic_names[i];
  return asked;
}

/// One request's work: every topic is looked up in one snapshot.
class Deletion {
 public:
  Deletion(Request& request, std::span<const Asked> asked) : request_(request), topics_(request.broker().catalog().snapshot()) {
    for (const Asked& one : asked) {
      if (is_by_name(one)) names_.add(*one.name);
      if (is_by_id(one)) ids_.add(one.topic_id);
    }
  }

  /// False when an earlier answer is this one's too.
  bool answer(const Asked& asked, Answer& answer) {
    answer.name = asked.name;
    answer.topic_id = asked.topic_id;
    if (!request_.broker().config().delete_topics) {
      const ErrorCode code = request_.version() >= kFirstWithDisabled ? ErrorCode::topic_deletion_disabled : ErrorCode::invalid_request;
      refuse(request_, answer, code, "delete.topic.enable is false on this broker");
      return true;
    }
    if (is_by_name(asked)) return by_name(*asked.name, answer);
    if (is_by_id(asked)) return by_id(asked.topic_id, answer);
    refuse(request_, answer, ErrorCode::invalid_request,
           asked.name ? "name a topic or its id, not both" : "neither a name nor an id is given");
    return true;
  }

 private:
  bool by_name(std::string_view name, Answer& answer) {
    const Use use = names_.use(name);
    if (use != Use::only) return refuse_repeated(use, answer);
    const auto topic = topics_->share(name);
    if (topic == nullptr) {
      refuse(request_, answer, ErrorCode::unknown_topic_or_partition, "no topic has this name");
      return true;
    }
    answer.topic_id = topic->id;
    if (ids_.has(topic->id)) return refuse_repeated(Use::repeated, answer);
    remove(topic, answer);
    return true;
  }

  bool by_id(const TopicId& id, Answer& answer) {
    const Use use = ids_.use(id);
    if (use != Use::only) return refuse_repeated(use, answer);
    const auto topic = topics_->share(id);
    if (topic == nullptr) {
      refuse(request_, answer, ErrorCode::unknown_topic_id, "no topic has this id");
      return true;
    }
    answer.name = request_.arena().copy(topic->name);
    if (names_.has(topic->name)) return refuse_repeated(Use::repeated, answer);
    remove(topic, answer);
    return true;
  }

  bool refuse_repeated(Use use, Answer& answer) {
    if (use == Use::answered) return false;
    refuse(request_, answer, ErrorCode::invalid_request, kNamedTwice);
    return true;
  }

  void remove(const catalog::TopicPtr& topic, Answer& answer) {
    if (topic->internal) return refuse(request_, answer, ErrorCode::invalid_topic_exception, "an internal topic cannot be deleted");
    if (!within_mutation_quota(request_, topic->partition_count, kFirstRefusedByQuota, answer)) return;
    const Status removed = request_.broker().catalog().remove(*topic);
    if (!removed) refuse(request_, answer, broker::wire_error(removed.error().code), removed.error().text);
  }

  Request& request_;
  std::shared_ptr<const catalog::TopicMap> topics_;
  RepeatedNames names_;
  Repeated<TopicId> ids_;
};

}  // namespace

void delete_topics(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const auto asked = all_asked(request, *message);
  Deletion deletion(request, asked);
  auto answers = request.arena().make_array<Answer>(asked.size());
  std::size_t count = 0;
  for (const Asked& one : asked) {
    if (deletion.answer(one, answers[count])) ++count;
  }
  Response response;
  response.responses = answers.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
