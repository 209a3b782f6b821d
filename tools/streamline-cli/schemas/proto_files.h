// .proto files, and those that they import, as a ProtoSchema. Source: the language specification of proto2, proto3 and the editions.
#pragma once

#include <string>

#include "base/result.h"
#include "schemas/proto_schema.h"

namespace streamline::cli {

/// An imported file is looked for in the folder of `path` and in those above it; Google's well-known ones need not be there. Services,
/// options and extensions are passed over. malformed names file and line, not_found the file that is missing.
Result<ProtoSchema> load_proto_files(const std::string& path);

}  // namespace streamline::cli
