// RenewDelegationToken (key 39), versions 1 and 2: refused, as Kafka does it on a listener that asks nobody who he is.
#include "wire/messages/renew_delegation_token.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

void renew_delegation_token(Request& request) {
  const auto message = decode<wire::RenewDelegationTokenRequest>(request);
  if (!message) return;
  wire::RenewDelegationTokenResponse response;
  response.error_code = static_cast<std::int16_t>(wire::ErrorCode::delegation_token_request_not_allowed);
  response.expiry_timestamp_ms = -1;
  request.reply(response);
}

}  // namespace streamline::handlers
