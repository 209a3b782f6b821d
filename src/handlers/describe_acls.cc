// DescribeAcls (key 29), versions 0 to 3. There is no authoriser, and a client is told so (kafka-rules 13.10).
#include "wire/messages/describe_acls.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

void describe_acls(Request& request) {
  const auto message = decode<wire::DescribeAclsRequest>(request);
  if (!message) return;
  wire::DescribeAclsResponse response;
  refuse(request, response, wire::ErrorCode::security_disabled, kNoAuthorizer);
  request.reply(response);
}

}  // namespace streamline::handlers
