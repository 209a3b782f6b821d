// What `topics describe` shows of a topic, gathered from the brokers, as text and as JSON.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/admin.h"
#include "client/cluster.h"
#include "client/offset_spec.h"
#include "output/json.h"
#include "output/listing.h"
#include "output/paint.h"

namespace streamline::cli {

struct TopicDescription {
  client::Topic topic;
  /// One for each partition, in its order.
  std::vector<client::OffsetRange> offsets;
  std::vector<client::ConfigEntry> configs;
  /// One for each partition; empty where the broker tells nothing.
  std::vector<std::optional<wire::NextDeletion>> deletions;

  /// "" when the broker has no such key.
  std::string config(std::string_view name) const;
};

Result<TopicDescription> describe_topic(client::Cluster& cluster, std::string_view name);
/// Tables; of the configs those that were set on the topic.
std::string to_text(const TopicDescription& description, std::int64_t now_ms, Paint paint);
inline constexpr std::array kTopicDescriptionKeys = {
    Column{"[].topic", "", "name"},
    Column{"[].id", "", "id, which a topic of the same name made later does not share"},
    Column{"[].internal", "", "whether brokers keep their own records in it", Type::boolean},
    Column{"[].partitions[].partition", "", "number", Type::integer},
    Column{"[].partitions[].leader", "", "broker that takes records; -1: none", Type::integer},
    Column{"[].partitions[].leader_epoch", "", "how often the leader has changed", Type::integer},
    Column{"[].partitions[].replicas", "", "brokers that hold a copy", Type::integers},
    Column{"[].partitions[].in_sync", "", "brokers whose copy is up to date", Type::integers},
    Column{"[].partitions[].log_start_offset", "", "first record", Type::integer},
    Column{"[].partitions[].high_watermark", "", "offset behind the last record that consumers see", Type::integer},
    Column{"[].partitions[].next_deletion", "", "null where the broker does not tell", Type::object_or_null},
    Column{"[].partitions[].next_deletion.up_to", "", "records below this offset go", Type::integer},
    Column{"[].partitions[].next_deletion.due_ms", "", "at this time, in ms since 1970; null: not by time", Type::integer_or_null},
    Column{"[].partitions[].next_deletion.bytes_left", "", "after so many more bytes; null: not by size", Type::integer_or_null},
    Column{"[].configs[].name", "", "key"},
    Column{"[].configs[].value", "", "value; null where it is secret", Type::text_or_null},
    Column{"[].configs[].source", "", "topic, broker, default-broker, static-broker or default"},
};
Json to_json(const TopicDescription& description);

}  // namespace streamline::cli
