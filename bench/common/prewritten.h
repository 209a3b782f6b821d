// A file whose blocks are all there already, so that a sync after a write into it has no metadata to write.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "common/sockets.h"

namespace streamline::bench {

/// Overwritten from the front again when its end is reached.
inline constexpr off_t kPrewrittenBytes = off_t{64} << 20;

/// Fills the file with zeros and syncs it.
Status prewrite(const Fd& file);

}  // namespace streamline::bench
