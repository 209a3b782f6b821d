// Allocates the landing buffer; its pages become resident as they are first received into.
#include "net/landing_buffer.h"

#include "base/assert.h"

namespace streamline::net {

LandingBuffer::LandingBuffer(std::size_t capacity) : capacity_(capacity), memory_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {
  SL_ASSERT(capacity >= 2 * kLeastFreeBytes);
}

}  // namespace streamline::net
