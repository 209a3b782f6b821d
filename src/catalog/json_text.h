// Files of the catalog are JSON: what is wrong with one that is not.
#pragma once

#include <string>
#include <string_view>

namespace streamline::catalog {

/// Of a text that is no JSON object: a sentence that says where it goes wrong, for whoever has to mend it.
std::string json_problem(std::string_view text);

}  // namespace streamline::catalog
