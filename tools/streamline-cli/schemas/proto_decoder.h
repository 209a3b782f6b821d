// Protobuf's binary encoding as JSON.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "output/json.h"
#include "schemas/proto_schema.h"

namespace streamline::cli {

/// One message as Protobuf's JSON mapping has it (lowerCamelCase; fields that are not there are left out; Timestamp, Duration, wrappers
/// and Struct in their own forms), but whole numbers of 64 bits are numbers, to be compared, and bytes are {"base64": …}. Fields that the
/// schema does not know are passed over. malformed where the bytes are no message, or nest deeper than 100.
Result<Parsed> decode_proto(ByteView bytes, const ProtoSchema& schema, std::size_t message);

}  // namespace streamline::cli
