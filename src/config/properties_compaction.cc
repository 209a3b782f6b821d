// Property rows: compaction. Its thread's own settings, then the defaults of topic keys.
#include "config/property_tables.h"

namespace streamline::config {

namespace {

using enum Type;

constexpr Property kCompaction[] = {
    {.name = "log.cleaner.enable",
     .type = boolean,
     .default_value = "true",
     .text = "Whether logs with cleanup.policy compact are compacted. Off, they only grow."},
    {.name = "log.cleaner.dedupe.buffer.size",
     .type = int64,
     .unit = "bytes",
     .default_value = "134217728",
     .range = {.min = 1024},
     .reloadable = true,
     .text =
         "Most memory for the map of keys while a log is compacted, at 24 bytes a key; none is held in between. Keys that do not fit are "
         "compacted in further rounds, each of which reads the log again."},
    {.name = "log.cleaner.io.buffer.load.factor",
     .type = real,
     .default_value = "0.9",
     .range = {.min = 0, .max = 1},
     .reloadable = true,
     .text = "How full the map of keys may get. Fuller, more keys fit and look-ups take longer."},
    {.name = "log.cleaner.io.max.bytes.per.second",
     .type = real,
     .default_value = "1.7976931348623157e+308",
     .range = {.min = 1},
     .reloadable = true,
     .text = "Most bytes that compaction reads and writes in a second, taken together."},
    {.name = "log.cleaner.backoff.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "15000",
     .range = kAtLeastOne,
     .reloadable = true,
     .text = "How long compaction sleeps when no log was worth a round."},
    {.name = "log.cleaner.delete.retention.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "86400000",
     .range = kAtLeastZero,
     .reloadable = true,
     .text = "Default of a topic's delete.retention.ms."},
    {.name = "log.cleaner.min.compaction.lag.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "0",
     .range = kAtLeastZero,
     .reloadable = true,
     .text = "Default of a topic's min.compaction.lag.ms."},
    {.name = "log.cleaner.max.compaction.lag.ms",
     .type = int64,
     .unit = "ms",
     .default_value = "9223372036854775807",
     .range = kAtLeastOne,
     .reloadable = true,
     .text = "Default of a topic's max.compaction.lag.ms."},
    {.name = "log.cleaner.min.cleanable.ratio",
     .type = real,
     .default_value = "0.5",
     .range = {.min = 0, .max = 1},
     .reloadable = true,
     .text = "Default of a topic's min.cleanable.dirty.ratio."},
};

}  // namespace

std::span<const Property> compaction_properties() { return kCompaction; }

}  // namespace streamline::config
