// Adding, finding and forgetting the partitions of a fetch session.
#include "broker/fetch_session.h"

#include "broker/fetch_op.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"

namespace streamline::broker {

namespace {
constexpr std::size_t kNeighbours = 16;
}

void FetchEntry::on_progress(std::int64_t bytes) {
  session_.mark_dirty(*this);
  if (held_back_at != kNoOffset && bytes > 0) {
    if (partition->log().last_stable() == held_back_at) return;
    bytes = 0;  // how many of those before are to be had now, only a look tells
  }
  if (session_.parked != nullptr) session_.parked->on_progress(bytes);
}

std::size_t FetchSession::KeyHash::operator()(const KeyView& key) const noexcept {
  const std::size_t topic = key.name.empty() ? std::hash<Uuid>{}(key.id) : std::hash<std::string_view>{}(key.name);
  return topic * 31 + static_cast<std::size_t>(key.index);
}

FetchEntry* FetchSession::find(const KeyView& key) {
  if (kind_ == Kind::kept) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : found->second;
  }
  // A partition asked for twice is answered once (kafka-rules 14.19). Only the last few are compared, so that a long request does
  // not cost its square; one that repeats itself further apart gets two answers.
  for (std::size_t i = size_; i > 0 && i + kNeighbours > size_; --i) {
    const FetchTarget& target = entries_[i - 1]->target;
    if (target.index == key.index && target.topic_id == key.id && target.topic_name == key.name) return entries_[i - 1].get();
  }
  return nullptr;
}

FetchEntry& FetchSession::new_entry(const FetchTarget& target) {
  if (size_ == entries_.size()) entries_.push_back(std::make_unique<FetchEntry>(*this));
  FetchEntry& entry = *entries_[size_];
  entry.place_ = size_++;
  entry.target = target;
  if (kind_ == Kind::kept) {
    entry.own_name_ = target.topic_name;
    entry.target.topic_name = entry.own_name_;
    index_.emplace(Key{entry.own_name_, target.topic_id, target.index}, &entry);
  }
  return entry;
}

void FetchSession::put(const FetchTarget& target) {
  FetchEntry* entry = find({target.topic_name, target.topic_id, target.index});
  if (entry == nullptr) {
    entry = &new_entry(target);
    resolve(*entry);
  } else {
    const std::string_view name = entry->target.topic_name;
    entry->target = target;
    entry->target.topic_name = name;
  }
  mark_dirty(*entry);
}

/// The frame, or the topic, that the name lies in is about to go.
void FetchSession::keep_name(FetchEntry& entry) {
  if (entry.target.topic_name.data() == entry.own_name_.data()) return;
  entry.own_name_ = entry.target.topic_name;
  entry.target.topic_name = entry.own_name_;
}

void FetchSession::resolve(FetchEntry& entry) {
  if (entry.partition != nullptr && !entry.partition->closed()) return;
  entry.unlink();
  entry.partition.reset();
  if (entry.topic != nullptr) keep_name(entry);
  const auto& topics = shard_.topics();
  const FetchTarget& target = entry.target;
  entry.topic = target.topic_name.empty() ? topics.share(target.topic_id) : topics.share(target.topic_name);
  if (entry.topic == nullptr || find_partition(*entry.topic, target.index) == nullptr) return;
  entry.partition = partitions_of(*entry.topic).partitions[static_cast<std::size_t>(target.index)];
  // From here on the name lives as long as the entry holds its topic, not only as long as the frame.
  if (kind_ == Kind::request && !target.topic_name.empty()) entry.target.topic_name = entry.topic->name;
  entry.cursor = {};
  if (kind_ == Kind::kept) shard_.waiters().add(*entry.partition, entry);
}

void FetchSession::start_waiting() {
  if (kind_ == Kind::kept) return;
  for (std::size_t i = 0; i < size_; ++i) {
    FetchEntry& entry = *entries_[i];
    if (entry.partition != nullptr && !entry.linked()) shard_.waiters().add(*entry.partition, entry);
    if (entry.topic == nullptr) keep_name(entry);
  }
}

void FetchSession::clear() {
  for (std::size_t i = 0; i < size_; ++i) {
    FetchEntry& entry = *entries_[i];
    entry.unlink();
    entry.dirty_.unlink();
    entry.partition.reset();
    entry.topic.reset();
    entry.cursor = {};
  }
  size_ = 0;
}

void FetchSession::forget(std::string_view topic_name, const TopicId& topic_id, std::int32_t index) {
  const auto found = index_.find(KeyView{topic_name, topic_id, index});
  if (found == index_.end()) return;
  const std::size_t place = found->second->place_;
  index_.erase(found);
  std::swap(entries_[place], entries_[size_ - 1]);
  entries_[place]->place_ = place;
  entries_.pop_back();
  --size_;
}

FetchEntry* FetchSession::first_dirty() {
  FetchEntry::DirtyLink* first = dirty_.front();
  return first == nullptr ? nullptr : &first->entry;
}

FetchEntry* FetchSession::next_dirty(FetchEntry& entry) {
  FetchEntry::DirtyLink* following = dirty_.next(entry.dirty_);
  return following == nullptr ? nullptr : &following->entry;
}

void FetchSession::move_to_tail(FetchEntry& entry) {
  entry.dirty_.unlink();
  dirty_.push_back(entry.dirty_);
}

}  // namespace streamline::broker
