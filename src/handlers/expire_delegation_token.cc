// ExpireDelegationToken (key 40), versions 1 and 2: refused, as Kafka does it on a listener that asks nobody who he is.
#include "wire/messages/expire_delegation_token.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

void expire_delegation_token(Request& request) {
  const auto message = decode<wire::ExpireDelegationTokenRequest>(request);
  if (!message) return;
  wire::ExpireDelegationTokenResponse response;
  response.error_code = static_cast<std::int16_t>(wire::ErrorCode::delegation_token_request_not_allowed);
  response.expiry_timestamp_ms = -1;
  request.reply(response);
}

}  // namespace streamline::handlers
