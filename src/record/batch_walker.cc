// One step of the walk: read exactly a header, then step over exactly its batch.
#include "record/batch_walker.h"

namespace streamline::record {

Result<std::optional<BatchView>> BatchWalker::next() {
  if (rest_.size() < kBatchHeaderBytes) return std::nullopt;
  auto header = read_batch_header(rest_);
  if (!header) return fail_with(std::move(header));
  if (header->size_bytes() > rest_.size()) return std::nullopt;
  BatchView batch{.header = *header, .bytes = rest_.first(header->size_bytes())};
  rest_ = rest_.subspan(header->size_bytes());
  return batch;
}

}  // namespace streamline::record
