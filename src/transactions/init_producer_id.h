// InitProducerId with a transactional id: a producer takes it, or goes on after an error (rules 57 to 59).
#pragma once

#include "transactions/step.h"
#include "wire/messages/init_producer_id.h"

namespace streamline::transactions {

void init_producer_id(Step& step, const wire::InitProducerIdRequest& request, const Call& call);

}  // namespace streamline::transactions
