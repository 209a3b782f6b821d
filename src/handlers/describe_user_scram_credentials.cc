// DescribeUserScramCredentials (key 50), version 0: nobody has a password here yet, so no user is known (kafka-rules 139).
#include "wire/messages/describe_user_scram_credentials.h"

#include <fmt/format.h>

#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"
#include "handlers/repeated.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeUserScramCredentialsRequest;
using Response = wire::DescribeUserScramCredentialsResponse;
using Answer = Response::DescribeUserScramCredentialsResult;
using wire::ErrorCode;

}  // namespace

void describe_user_scram_credentials(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  response.error_message = "";
  const std::span<const Message::UserName> users = message->users ? *message->users : std::span<Message::UserName>();
  RepeatedNames names(users, &Message::UserName::name);
  response.results = request.arena().make_array<Answer>(names.distinct());
  std::size_t count = 0;
  for (const auto& user : users) {
    const Use use = names.use(user.name);
    if (use == Use::answered) continue;
    Answer& answer = response.results[count++];
    answer.user = user.name;
    if (use == Use::repeated) {
      refuse(request, answer, ErrorCode::duplicate_resource,
             fmt::format("Cannot describe SCRAM credentials for the same user twice in a single request: {}", user.name));
    } else {
      refuse(request, answer, ErrorCode::resource_not_found,
             fmt::format("Attempt to describe a user credential that does not exist: {}", user.name));
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
