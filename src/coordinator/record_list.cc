// One buffer and the places in it.
#include "coordinator/record_list.h"

namespace streamline::coordinator {

RecordList::View RecordList::operator[](std::size_t i) const {
  const Entry& entry = entries_[i];
  const ByteView all(bytes_);
  View view{.key = all.subspan(entry.begin, entry.key_bytes), .writer = entry.writer};
  if (entry.value_bytes) view.value = all.subspan(entry.begin + entry.key_bytes, *entry.value_bytes);
  return view;
}

MutableBytes RecordList::add(std::size_t key_bytes, std::optional<std::size_t> value_bytes, const TransactionalWriter& writer) {
  const std::size_t begin = bytes_.size();
  const std::size_t total = key_bytes + value_bytes.value_or(0);
  bytes_.resize(begin + total);
  entries_.push_back({.begin = begin, .key_bytes = key_bytes, .value_bytes = value_bytes, .writer = writer});
  return MutableBytes(bytes_).subspan(begin, total);
}

void RecordList::clear() {
  bytes_.clear();
  entries_.clear();
}

}  // namespace streamline::coordinator
