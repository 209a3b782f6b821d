// The checksum in the header of an LZ4 frame as clients of message format 0 make it: Kafka's first LZ4 writer hashed four bytes too
// many, the frame's magic, and formats from 1 on are right (KAFKA-3160). Readers of format 0 that check it want the wrong one.
#pragma once

#include "base/bytes.h"

namespace streamline::record::legacy {

/// Gives the first frame the checksum of the LZ4 specification, whatever it has. Bytes that are no frame stay as they are.
void set_right_checksum(MutableBytes frame);
/// Gives it the checksum that readers of message format 0 expect. `frame` has neither content size nor dictionary.
void set_old_checksum(MutableBytes frame);

}  // namespace streamline::record::legacy
