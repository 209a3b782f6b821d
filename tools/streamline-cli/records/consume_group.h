// consume -g: records as a member of a group.
#pragma once

#include "exit_code.h"
#include "records/consume_plan.h"
#include "session.h"

namespace streamline::cli {

/// Each record that was printed is committed, at the latest when the member leaves; one that was not is not. A record is printed again
/// when the member loses its partition between the two.
ExitCode consume_in_group(Session& session, const ConsumeOptions& options, ConsumePlan& planned);

}  // namespace streamline::cli
