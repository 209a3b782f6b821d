// CreateDelegationToken (key 38), versions 1 to 3: refused, as Kafka does it on a listener that asks nobody who he is.
#include "wire/messages/create_delegation_token.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

void create_delegation_token(Request& request) {
  const auto message = decode<wire::CreateDelegationTokenRequest>(request);
  if (!message) return;
  wire::CreateDelegationTokenResponse response;
  response.error_code = static_cast<std::int16_t>(wire::ErrorCode::delegation_token_request_not_allowed);
  // For whom: the named owner, else who asks; nobody has a name here.
  constexpr std::string_view kType = "User";
  constexpr std::string_view kNobody = "ANONYMOUS";
  const bool has_owner = message->owner_principal_name && !message->owner_principal_name->empty();
  response.principal_type = has_owner ? message->owner_principal_type.value_or(kType) : kType;
  response.principal_name = has_owner ? *message->owner_principal_name : kNobody;
  response.token_requester_principal_type = kType;
  response.token_requester_principal_name = kNobody;
  response.issue_timestamp_ms = response.expiry_timestamp_ms = response.max_timestamp_ms = -1;
  request.reply(response);
}

}  // namespace streamline::handlers
