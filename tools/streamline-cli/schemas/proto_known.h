// Google's well-known types: their files, which need not lie on the disk, and their forms in JSON.
#pragma once

#include <string_view>

#include "output/json.h"

namespace streamline::cli {

/// The text of "google/protobuf/timestamp.proto" and the like; empty when it is none of them.
std::string_view known_file(std::string_view name);
/// `message` is the full name, `fields` what was read of it. Timestamp, Duration, FieldMask, wrappers, Struct, Value, ListValue have their
/// own forms; of any other it stays as it is.
Json known_form(std::string_view message, Json fields);
/// The way back: the fields of what stands in the message's own form; anything else stays as it is. malformed.
Result<Parsed> fields_of_known(std::string_view message, const Json& form);

}  // namespace streamline::cli
