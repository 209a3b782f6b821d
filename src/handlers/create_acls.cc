// CreateAcls (key 30), versions 0 to 3. There is no authoriser, and a client is told so for each rule (kafka-rules 13.10).
#include "wire/messages/create_acls.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

void create_acls(Request& request) {
  const auto message = decode<wire::CreateAclsRequest>(request);
  if (!message) return;
  wire::CreateAclsResponse response;
  response.results = request.arena().make_array<wire::CreateAclsResponse::AclCreationResult>(message->creations.size());
  for (auto& result : response.results) refuse(request, result, wire::ErrorCode::security_disabled, kNoAuthorizer);
  request.reply(response);
}

}  // namespace streamline::handlers
