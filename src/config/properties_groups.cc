// Property rows: consumer groups and the topic that keeps them.
#include "config/property_tables.h"

namespace streamline::config {

namespace {

using enum Type;

constexpr std::array<std::string_view, 4> kMigrationChoices = {"disabled", "upgrade", "downgrade", "bidirectional"};

constexpr Property kGroups[] = {
    {.name = "group.initial.rebalance.delay.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "0",
     .range = kAtLeastZero,
     .kafka_default = "3000",
     .text = "How long an empty group waits for more members after its first. 0 gives the first its partitions at once, and those that "
             "come a moment later cost one more rebalance."},
    {.name = "group.min.session.timeout.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "6000",
     .range = kAtLeastOne,
     .text = "The shortest session.timeout.ms that a member of a classic group may ask for. Shorter finds dead members sooner and costs "
             "more heartbeats."},
    {.name = "group.max.session.timeout.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "1800000",
     .range = kAtLeastOne,
     .text = "The longest."},
    {.name = "group.max.size",
     .type = int32,
     .unit = "members",
     .default_value = "2147483647",
     .range = kAtLeastOne,
     .text = "Members of one classic group; who comes after is refused."},
    {.name = "group.consumer.session.timeout.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "45000",
     .range = kAtLeastOne,
     .text = "How long a member of a group of the new protocol (group.protocol=consumer) may be silent before its partitions go to "
             "others. Members do not choose it."},
    {.name = "group.consumer.heartbeat.interval.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "5000",
     .range = kAtLeastOne,
     .text = "How often members of such a group are told to heartbeat: they learn of a rebalance with a heartbeat, so shorter means "
             "quicker rebalances and more requests. Keep it well below the session timeout."},
    {.name = "group.consumer.min.session.timeout.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "45000",
     .range = kAtLeastOne,
     .text = "The shortest consumer.session.timeout.ms that may be set on a single group (kafka-configs --entity-type groups)."},
    {.name = "group.consumer.max.session.timeout.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "60000",
     .range = kAtLeastOne,
     .text = "The longest."},
    {.name = "group.consumer.min.heartbeat.interval.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "5000",
     .range = kAtLeastOne,
     .text = "The shortest consumer.heartbeat.interval.ms that may be set on a single group."},
    {.name = "group.consumer.max.heartbeat.interval.ms",
     .type = int32,
     .unit = "ms",
     .default_value = "15000",
     .range = kAtLeastOne,
     .text = "The longest."},
    {.name = "group.consumer.max.size",
     .type = int32,
     .unit = "members",
     .default_value = "2147483647",
     .range = kAtLeastOne,
     .text = "Members of one group of the new protocol; who comes after is refused."},
    {.name = "group.consumer.migration.policy",
     .type = string,
     .default_value = "bidirectional",
     .choices = kMigrationChoices,
     .text = "Which way a group with members may move between the protocols: upgrade when the first member of the new one joins, "
             "downgrade when the last one leaves."},
    {.name = "offset.metadata.max.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "4096",
     .range = kAtLeastZero,
     .text = "The longest text that may go with a committed offset."},
    {.name = "offsets.retention.minutes",
     .type = int32,
     .unit = "min",
     .default_value = "10080",
     .range = kAtLeastOne,
     .text = "How long the offsets of a group without members are kept, counted from the end of its last member; those of a live group "
             "are kept while it subscribes to their topic, and those of a consumer without a group membership count from each commit."},
    {.name = "offsets.retention.check.interval.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "600000",
     .range = kAtLeastOne,
     .text = "How often offsets are looked through for such."},
    {.name = "offsets.topic.num.partitions",
     .type = int32,
     .default_value = "50",
     .range = kAtLeastOne,
     .text = "Partitions of __consumer_offsets when it is made, with the first group. Groups find their partition by this number."},
    {.name = "offsets.topic.segment.bytes",
     .type = int32,
     .unit = "bytes",
     .default_value = "104857600",
     .range = {.min = 1048576},
     .text = "segment.bytes of __consumer_offsets when it is made: smaller segments are compacted sooner and load quicker."},
};

}  // namespace

std::span<const Property> group_properties() { return kGroups; }

}  // namespace streamline::config
