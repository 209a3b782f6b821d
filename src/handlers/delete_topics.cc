// DeleteTopics (key 20), versions 0 to 6: by name, and by id from v6 on. The topic is gone from Metadata when the answer is sent;
// its files go in the background.
#include "wire/messages/delete_topics.h"

#include <string>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::DeleteTopicsRequest;
using Response = wire::DeleteTopicsResponse;
using Answer = Response::DeletableTopicResult;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithTopicIds = 6;

void remove(Request& request, const catalog::TopicPtr& topic, Answer& answer) {
  auto& broker = request.broker();
  if (!broker.config().delete_topics) {
    const ErrorCode code = request.version() >= 3 ? ErrorCode::topic_deletion_disabled : ErrorCode::invalid_request;
    return refuse(request, answer, code, "delete.topic.enable is false on this broker");
  }
  if (topic->internal) return refuse(request, answer, ErrorCode::invalid_topic_exception, "an internal topic cannot be deleted");
  const Status removed = broker.catalog().remove(*topic);
  if (!removed) refuse(request, answer, broker::wire_error(removed.error().code), removed.error().text);
}

void remove_by_id(Request& request, const Message::DeleteTopicState& asked, Answer& answer) {
  answer.topic_id = asked.topic_id;
  answer.name.reset();
  const auto topic = request.broker().catalog().snapshot()->share(asked.topic_id);
  if (topic == nullptr) return refuse(request, answer, ErrorCode::unknown_topic_id, "no topic has this id");
  answer.name = request.arena().copy(topic->name);
  remove(request, topic, answer);
}

void remove_by_name(Request& request, std::string_view name, Answer& answer) {
  answer.name = name;
  const auto topic = request.broker().catalog().snapshot()->share(name);
  if (topic == nullptr) return refuse(request, answer, ErrorCode::unknown_topic_or_partition, "no topic has this name");
  answer.topic_id = topic->id;
  remove(request, topic, answer);
}

}  // namespace

void delete_topics(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  if (request.version() >= kFirstWithTopicIds) {
    response.responses = request.arena().make_array<Answer>(message->topics.size());
    for (std::size_t i = 0; i < message->topics.size(); ++i) {
      const auto& asked = message->topics[i];
      if (!asked.name) {
        remove_by_id(request, asked, response.responses[i]);
      } else if (!asked.topic_id.is_zero()) {
        response.responses[i].name = asked.name;
        response.responses[i].topic_id = asked.topic_id;
        refuse(request, response.responses[i], ErrorCode::invalid_request, "name a topic or its id, not both");
      } else {
        remove_by_name(request, *asked.name, response.responses[i]);
      }
    }
  } else {
    response.responses = request.arena().make_array<Answer>(message->topic_names.size());
    for (std::size_t i = 0; i < message->topic_names.size(); ++i) {
      remove_by_name(request, message->topic_names[i], response.responses[i]);
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
