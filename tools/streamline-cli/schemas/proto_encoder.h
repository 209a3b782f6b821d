// JSON as Protobuf's binary encoding: the way back from proto_decoder.h.
#pragma once

#include <string>

#include "base/result.h"
#include "output/json.h"
#include "schemas/proto_schema.h"

namespace streamline::cli {

/// Takes what decode_proto() gives; also fields by the names of the file, numbers as text, bytes as bare base64, enums as numbers.
/// Repeated numbers are packed. malformed says where the value does not fit.
Result<std::string> encode_proto(const Json& value, const ProtoSchema& schema, std::size_t message);

}  // namespace streamline::cli
