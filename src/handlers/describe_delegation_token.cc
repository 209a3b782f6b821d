// DescribeDelegationToken (key 41), versions 1 to 3: refused, as Kafka does it on a listener that asks nobody who he is.
#include "wire/messages/describe_delegation_token.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

void describe_delegation_token(Request& request) {
  const auto message = decode<wire::DescribeDelegationTokenRequest>(request);
  if (!message) return;
  wire::DescribeDelegationTokenResponse response;
  response.error_code = static_cast<std::int16_t>(wire::ErrorCode::delegation_token_request_not_allowed);
  request.reply(response);
}

}  // namespace streamline::handlers
