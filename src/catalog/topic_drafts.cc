// Writing, then syncing all files, then all directories, then the names.
#include "catalog/topic_drafts.h"

#include <fmt/format.h>

#include <utility>

#include "base/bytes.h"
#include "catalog/topic_file.h"

namespace streamline::catalog {

std::string draft_path(std::string_view topics_dir, const TopicId& id) {
  return fs::join_path(topics_dir, fmt::format("{}{}", kDraftPrefix, id.to_string()));
}

Status TopicDrafts::write(const Topic& topic) {
  Draft draft;
  draft.path = draft_path(topics_dir_, topic.id);
  draft.target = fs::join_path(topics_dir_, topic.name);
  Status written = write_file(topic, draft);
  if (!written) return discard(draft, std::move(written));
  drafts_.push_back(std::move(draft));
  return {};
}

Status TopicDrafts::write_file(const Topic& topic, Draft& draft) {
  if (Status made = file_system_.make_directory(draft.path); !made) return made;
  auto file = file_system_.open(fs::join_path(draft.path, kTopicFileName), {.create = true, .exclusive = true});
  if (!file) return fail_with(std::move(file));
  draft.file = *std::move(file);
  const std::string text = write_topic_file(topic);
  return draft.file->write_at(0, as_bytes(text));
}

std::vector<Status> TopicDrafts::place() {
  for (Draft& draft : drafts_) {
    draft.status = draft.file->sync();
    draft.file.reset();
  }
  for (Draft& draft : drafts_) {
    if (draft.status) draft.status = file_system_.sync_directory(draft.path);
  }
  std::vector<Status> placed;
  placed.reserve(drafts_.size());
  for (Draft& draft : drafts_) {
    if (draft.status) draft.status = file_system_.rename(draft.path, draft.target);
    placed.push_back(draft.status ? Status() : discard(draft, std::move(draft.status)));
  }
  drafts_.clear();
  return placed;
}

/// Returns `why`, with what else went wrong.
Status TopicDrafts::discard(const Draft& draft, Status why) {
  Error error = std::move(why).error();
  if (Status removed = file_system_.remove_all(draft.path); !removed) error.text += fmt::format(" (then: {})", removed.error().text);
  return fail(error.code, std::move(error.text));
}

}  // namespace streamline::catalog
