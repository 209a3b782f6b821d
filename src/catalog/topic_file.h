// metadata.json of a topic: {"format":1,"id":"...","partitions":3,"created":1700000000000,"configs":{"retention.ms":"5"}}.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "catalog/topic.h"

namespace streamline::catalog {

inline constexpr std::string_view kTopicFileName = "metadata.json";
inline constexpr int kTopicFileFormat = 1;
/// A larger file is not one of ours.
inline constexpr std::size_t kMaxTopicFileBytes = 1 << 20;

std::string write_topic_file(const Topic& topic);
/// The topic without name, flag and attachment. Errors: malformed (not whole, or not of this shape), unsupported (a newer format).
Result<Topic> read_topic_file(std::string_view text);

}  // namespace streamline::catalog
