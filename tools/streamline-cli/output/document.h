// A document, an answer that nests, as rows: for CSV and for bare names.
#pragma once

#include <span>
#include <string>

#include "output/json.h"
#include "output/listing.h"

namespace streamline::cli {

/// A row for each element of the longest list of objects that `keys` tell of, with what stands beside the list before it; one row where
/// the list is empty. Other lists of objects are left out. Columns are named by their path: "partitions.leader".
std::string document_csv(const Json& document, std::span<const Column> keys);
/// What the first key holds, one a line.
std::string document_names(const Json& document, std::span<const Column> keys);

}  // namespace streamline::cli
