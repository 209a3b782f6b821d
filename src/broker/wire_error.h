// The one place where our error codes become Kafka's.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "wire/error_code.h"

namespace streamline::broker {

wire::ErrorCode wire_error(Errc code);
/// What a client's view of the leader epoch says of the client: fenced when it is old, ahead when it knows more than this broker;
/// none when it is right or negative, which means that it does not say.
wire::ErrorCode epoch_error(LeaderEpoch claimed, LeaderEpoch current);

}  // namespace streamline::broker
