// AlterUserScramCredentials (key 51), version 0. What makes no sense is refused as Kafka does it; the rest with SECURITY_DISABLED, because
// nothing here would ever ask for the password.
#include "wire/messages/alter_user_scram_credentials.h"

#include <map>

#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::AlterUserScramCredentialsRequest;
using Response = wire::AlterUserScramCredentialsResponse;
using Answer = Response::AlterUserScramCredentialsResult;
using wire::ErrorCode;

constexpr std::int8_t kScramSha256 = 1;
constexpr std::int8_t kScramSha512 = 2;
constexpr std::int32_t kFewestIterations = 4096;
constexpr std::int32_t kMostIterations = 16384;

struct Outcome {
  ErrorCode code = ErrorCode::none;
  std::string_view text = {};
};

bool is_known(std::int8_t mechanism) { return mechanism == kScramSha256 || mechanism == kScramSha512; }

Outcome removal(const Message::ScramCredentialDeletion& asked) {
  if (asked.name.empty()) return {ErrorCode::unacceptable_credential, "Username must not be empty"};
  if (!is_known(asked.mechanism)) return {ErrorCode::unsupported_sasl_mechanism, "Unknown SCRAM mechanism"};
  return {ErrorCode::resource_not_found, "Attempt to delete a user credential that does not exist"};
}

Outcome setting(const Message::ScramCredentialUpsertion& asked) {
  if (asked.name.empty()) return {ErrorCode::unacceptable_credential, "Username must not be empty"};
  if (!is_known(asked.mechanism)) return {ErrorCode::unsupported_sasl_mechanism, "Unknown SCRAM mechanism"};
  if (asked.iterations < kFewestIterations) return {ErrorCode::unacceptable_credential, "Too few iterations"};
  if (asked.iterations > kMostIterations) return {ErrorCode::unacceptable_credential, "Too many iterations"};
  return {ErrorCode::security_disabled, "no listener of this broker asks for a password"};
}

}  // namespace

void alter_user_scram_credentials(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  // One answer for each user: of the first thing that is wrong.
  std::map<std::string_view, Outcome> outcomes;
  for (const auto& asked : message->deletions) outcomes.try_emplace(asked.name, removal(asked));
  std::map<std::pair<std::string_view, std::int8_t>, int> times;
  for (const auto& asked : message->upsertions) ++times[{asked.name, asked.mechanism}];
  for (const auto& asked : message->upsertions) {
    const Outcome twice = {ErrorCode::duplicate_resource, "A user credential cannot be altered twice in the same request"};
    outcomes.try_emplace(asked.name, times[{asked.name, asked.mechanism}] > 1 ? twice : setting(asked));
  }
  Response response;
  response.results = request.arena().make_array<Answer>(outcomes.size());
  std::size_t count = 0;
  for (const auto& [user, outcome] : outcomes) {
    Answer& answer = response.results[count++];
    answer.user = user;
    refuse(request, answer, outcome.code, outcome.text);
  }
  request.reply(response);
}

}  // namespace streamline::handlers
