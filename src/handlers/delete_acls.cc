// DeleteAcls (key 31), versions 0 to 3. There is no authoriser, and a client is told so for each filter (kafka-rules 13.10).
#include "wire/messages/delete_acls.h"

#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

void delete_acls(Request& request) {
  const auto message = decode<wire::DeleteAclsRequest>(request);
  if (!message) return;
  wire::DeleteAclsResponse response;
  response.filter_results = request.arena().make_array<wire::DeleteAclsResponse::DeleteAclsFilterResult>(message->filters.size());
  for (auto& result : response.filter_results) refuse(request, result, wire::ErrorCode::security_disabled, kNoAuthorizer);
  request.reply(response);
}

}  // namespace streamline::handlers
