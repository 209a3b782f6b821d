// JSON as Avro's binary encoding: the way back from avro_decoder.h.
#pragma once

#include <string>

#include "base/result.h"
#include "output/json.h"
#include "schemas/avro_schema.h"

namespace streamline::cli {

/// Takes what decode_avro() gives, and numbers where that gives text. A field that is missing gets its default; of a union the first type
/// that fits counts, and {"TYPE": value} names one. malformed says where the value does not fit.
Result<std::string> encode_avro(const Json& value, const AvroSchema& schema);

}  // namespace streamline::cli
