// The tagged field of our own behind DescribeTopicPartitions.
#include "wire/next_deletion.h"

#include <catch2/catch.hpp>

namespace streamline::wire {
namespace {

TEST_CASE("what is told of the next deletion is read back among other tags") {
  const NextDeletion next{.due_ms = 1'700'000'000'000, .bytes_left = -1, .up_to = 42};
  const NextDeletionBytes bytes = encode(next);
  const UnknownTag other{.tag = 3, .bytes = bytes};
  const UnknownTag ours{.tag = kNextDeletionTag, .bytes = bytes};
  const UnknownTag short_one{.tag = kNextDeletionTag, .bytes = ByteView(bytes).first(23)};
  CHECK(find_next_deletion(std::array{other, ours}) == next);
  CHECK_FALSE(find_next_deletion(std::array{other}));
  CHECK_FALSE(find_next_deletion(std::array{short_one}));
}

}  // namespace
}  // namespace streamline::wire
