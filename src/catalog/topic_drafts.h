// TopicDrafts: new topics on their way to the disk. They wait for it together: a sync of the second one finds most of its work done.
// Until place() a topic lies under a name that no topic can have; load() removes what a crash left of it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/topic.h"
#include "fs/file_system.h"

namespace streamline::catalog {

inline constexpr std::string_view kDraftPrefix = "~new-";
/// Files that are open at once.
inline constexpr std::size_t kDraftsAtOnce = 64;

/// Directory of the draft of a topic with this id.
std::string draft_path(std::string_view topics_dir, const TopicId& id);

/// Belongs to one thread.
class TopicDrafts {
 public:
  TopicDrafts(fs::FileSystem& file_system, std::string topics_dir) : file_system_(file_system), topics_dir_(std::move(topics_dir)) {}

  /// Writes the draft; nothing is durable yet. A failure leaves nothing.
  Status write(const Topic& topic);
  bool is_full() const { return drafts_.size() == kDraftsAtOnce; }
  /// Makes every draft durable and gives it its topic's name, which is durable after a sync of the topics' directory. One answer each,
  /// in the order of write(); a failure leaves nothing of that topic.
  std::vector<Status> place();

 private:
  struct Draft {
    std::string path;
    std::string target;
    std::unique_ptr<fs::File> file;
    Status status{};
  };
  Status write_file(const Topic& topic, Draft& draft);
  Status discard(const Draft& draft, Status why);

  fs::FileSystem& file_system_;
  const std::string topics_dir_;
  std::vector<Draft> drafts_;
};

}  // namespace streamline::catalog
