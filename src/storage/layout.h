// Layout: where everything lies below the data directory. The only place that knows these names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace streamline::storage {

class Layout {
 public:
  explicit Layout(std::string data_directory) : root_(std::move(data_directory)) {}

  const std::string& root() const { return root_; }
  std::string meta() const { return root_ + "/meta.json"; }
  std::string lock() const { return root_ + "/lock"; }
  std::string clean_mark() const { return root_ + "/clean"; }
  std::string manifest() const { return root_ + "/manifest"; }
  std::string producer_ids() const { return root_ + "/producer-ids"; }
  std::string topics() const { return root_ + "/topics"; }
  std::string deleted() const { return root_ + "/deleted"; }
  std::string damaged() const { return root_ + "/damaged"; }
  std::string topic(std::string_view name) const;
  std::string partition(std::string_view topic_name, std::int32_t partition) const;
  std::string deleted_topic(const TopicId& id) const;

 private:
  std::string root_;
};

/// Files of a partition's directory: a base offset of 20 digits and one of these endings, so that names sort like offsets.
inline constexpr std::string_view kSegmentEnding = ".segment";
inline constexpr std::string_view kIndexEnding = ".index";
inline constexpr std::string_view kProducersEnding = ".producers";
inline constexpr std::string_view kAbortedEnding = ".txnindex";
inline constexpr std::string_view kEpochsName = "epochs";
/// Behind the name of a file whose segment left the log: it only waits for its removal.
inline constexpr std::string_view kDroppedEnding = ".deleted";

std::string offset_file_name(Offset offset, std::string_view ending);
/// The offset of such a name; nothing when it is not one.
std::optional<Offset> parse_offset_file_name(std::string_view name, std::string_view ending);

}  // namespace streamline::storage
