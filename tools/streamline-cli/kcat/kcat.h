// Called as kcat the program takes kcat's flags: they are turned into words of our own grammar.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::cli {

/// Whether the program was called by kcat's name or its older one, kafkacat.
bool is_kcat(std::string_view program);

/// Words for our parser. invalid_argument names the flag that is unknown, or has no counterpart here.
Result<std::vector<std::string>> kcat_words(std::span<const std::string> words);

/// kcat's --format language in rpk's, which `consume --format` takes: %s value, %S its length, %T time.
/// invalid_argument names the verb that is unknown.
Result<std::string> kcat_format(std::string_view format);
/// kcat's -o in the words of --from: "s@TIME" is "@TIME", "stored" is none.
Result<std::string> kcat_offset(std::string_view offset);

}  // namespace streamline::cli
