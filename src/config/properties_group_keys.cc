// Property rows: the keys of a group, by name. A group that does not set a key takes the value of the broker property in `twins`.
#include "config/property_tables.h"

namespace streamline::config {

namespace {

constexpr Property kGroupKeys[] = {
    {.name = "consumer.heartbeat.interval.ms",
     .type = Type::int32,
     .unit = "ms",
     .default_value = "5000",
     .range = kAtLeastOne,
     .twins = {{{"group.consumer.heartbeat.interval.ms"}}},
     .text = "How often members of this group of the new protocol are told to heartbeat."},
    {.name = "consumer.session.timeout.ms",
     .type = Type::int32,
     .unit = "ms",
     .default_value = "45000",
     .range = kAtLeastOne,
     .twins = {{{"group.consumer.session.timeout.ms"}}},
     .text = "How long a member of this group of the new protocol may be silent before its partitions go to others."},
};

}  // namespace

std::span<const Property> group_keys() { return kGroupKeys; }

}  // namespace streamline::config
