// Avro's binary encoding as JSON.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "output/json.h"
#include "schemas/avro_schema.h"

namespace streamline::cli {

/// The one value that `bytes` hold. A union is the value that was chosen; bytes are {"base64": …}; dates, times, timestamps (RFC 3339),
/// decimals and UUIDs are text, durations an object; what is out of the range of its calendar stays a number.
/// malformed where the bytes end early, go on behind the value, nest deeper than 200, or say what the schema does not know.
Result<Parsed> decode_avro(ByteView bytes, const AvroSchema& schema);

}  // namespace streamline::cli
