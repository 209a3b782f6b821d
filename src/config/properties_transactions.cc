// Property rows: transactions and the topic that keeps them.
#include "config/property_tables.h"

namespace streamline::config {

namespace {

using enum Type;

constexpr Property kTransactions[] = {
    {.name = "transaction.max.timeout.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "900000",
     .range = kAtLeastOne,
     .text = "The longest transaction.timeout.ms that a producer may ask for. An open transaction holds back readers of committed data "
             "until it ends, and is aborted after its time."},
    {.name = "transactional.id.expiration.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "604800000",
     .range = kAtLeastOne,
     .text = "A transactional id that was not used for so long is forgotten. Its producer has to begin anew then."},
    {.name = "transaction.remove.expired.transaction.cleanup.interval.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "3600000",
     .range = kAtLeastOne,
     .text = "How often transactional ids are looked through for such."},
    {.name = "transaction.state.log.num.partitions",
     .type = int32,
     .default_value = "50",
     .range = kAtLeastOne,
     .text =
         "Partitions of __transaction_state when it is made, with the first transactional id. Ids find their partition by this number."},
    {.name = "transaction.state.log.segment.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "104857600",
     .range = {.min = 1048576},
     .text = "segment.bytes of __transaction_state when it is made: smaller segments are compacted sooner and load quicker."},
};

}  // namespace

std::span<const Property> transaction_properties() { return kTransactions; }

}  // namespace streamline::config
