// The field's value: both times, then both texts with their lengths before them, as strings are written below flexible versions.
#include "wire/last_rebalance.h"

#include "base/assert.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::wire {

std::span<const UnknownTag> tags_of(const LastRebalance& rebalance, Arena& arena) {
  const std::size_t size = 2 * sizeof(std::int64_t) + 2 * sizeof(std::int16_t) + rebalance.reason.size() + rebalance.member_id.size();
  const std::span<std::byte> bytes = arena.make_array<std::byte>(size);
  Writer out(bytes);
  out.int64(rebalance.began_ms);
  out.int64(rebalance.ended_ms);
  put_string(out, Encoding::classic, rebalance.reason);
  put_string(out, Encoding::classic, rebalance.member_id);
  const std::span<UnknownTag> tags = arena.make_array<UnknownTag>(1);
  tags[0] = {.tag = kLastRebalanceTag, .bytes = bytes};
  return tags;
}

std::optional<LastRebalance> find_last_rebalance(std::span<const UnknownTag> tags) {
  for (const UnknownTag& tag : tags) {
    if (tag.tag != kLastRebalanceTag) continue;
    Reader in(tag.bytes);
    LastRebalance found;
    found.began_ms = in.int64();
    found.ended_ms = in.int64();
    found.reason = in.string(Encoding::classic);
    found.member_id = in.string(Encoding::classic);
    if (in.ok()) return found;
  }
  return std::nullopt;
}

}  // namespace streamline::wire
