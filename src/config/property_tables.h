// The parts of the property table; property.cc puts them together.
#pragma once

#include <span>

#include "config/property.h"

namespace streamline::config {

std::span<const Property> identity_properties();
std::span<const Property> network_properties();
std::span<const Property> topic_default_properties();
std::span<const Property> log_properties();
std::span<const Property> space_properties();
std::span<const Property> retention_properties();
std::span<const Property> compaction_properties();
std::span<const Property> group_properties();
std::span<const Property> transaction_properties();
std::span<const Property> quota_properties();

inline constexpr std::string_view kDurabilityChoices[] = {"always", "interval", "none"};
inline constexpr std::string_view kValidationChoices[] = {"header", "full"};
inline constexpr std::string_view kCodecChoices[] = {"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"};
inline constexpr std::string_view kTimestampTypeChoices[] = {"CreateTime", "LogAppendTime"};
inline constexpr std::string_view kCleanupPolicyChoices[] = {"compact", "delete"};

inline constexpr Range kAtLeastMinusTwo = {.min = -2};
inline constexpr Range kAtLeastMinusOne = {.min = -1};
inline constexpr Range kAtLeastZero = {.min = 0};
inline constexpr Range kAtLeastOne = {.min = 1};
inline constexpr Range kGzipLevels = {.min = 1, .max = 9, .also = -1};
inline constexpr Range kLz4Levels = {.min = 1, .max = 17};
inline constexpr Range kZstdLevels = {.min = -131072, .max = 22};

}  // namespace streamline::config
