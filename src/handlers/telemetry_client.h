// Who pushes metrics, as far as a request tells.
#pragma once

#include "broker/client_telemetry.h"
#include "broker/request.h"
#include "broker/shard.h"

namespace streamline::handlers {

/// On the reactor only: what a client calls itself is known there.
inline broker::TelemetryClient telemetry_client(const broker::Request& request, const Uuid& instance) {
  const broker::ClientSoftware software = request.shard().software_of(request.slot());
  return {.instance = instance,
          .client_id = request.client_id(),
          .software_name = software.name,
          .software_version = software.version,
          .address = request.client_host(),
          .port = request.client_port()};
}

}  // namespace streamline::handlers
