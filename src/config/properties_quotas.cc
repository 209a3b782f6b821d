// Property rows: quotas of clients, and what they tell of themselves. The quotas themselves are set by clients (AlterClientQuotas).
#include "config/property_tables.h"

namespace streamline::config {

namespace {

using enum Type;

constexpr Property kQuotas[] = {
    {.name = "quota.window.num",
     .type = int32,
     .default_value = "11",
     .range = kAtLeastOne,
     .text = "Samples that the use of a quota is measured over: bytes in and out, time of requests, new connections of an address. More "
             "let a client that was silent take more at once."},
    {.name = "quota.window.size.seconds",
     .type = int32,
     .unit = "s",
     .default_value = "1",
     .range = kAtLeastOne,
     .text = "Length of each of these samples."},
    {.name = "controller.quota.window.num",
     .type = int32,
     .default_value = "11",
     .range = kAtLeastOne,
     .text = "Samples' worth that a client may save up of its quota of partitions made and deleted."},
    {.name = "controller.quota.window.size.seconds",
     .type = int32,
     .unit = "s",
     .default_value = "1",
     .range = kAtLeastOne,
     .text = "Length of each of these samples."},
    {.name = "telemetry.max.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "1048576",
     .range = {.min = 1, .max = 16777216},
     .text =
         "Most bytes of metrics that a client may push at once (KIP-714), as sent. What is asked for is set by clients (subscriptions)."},
};

}  // namespace

std::span<const Property> quota_properties() { return kQuotas; }

}  // namespace streamline::config
