// RE2 behind two functions. Only this file knows it.
#include "groups/consumer/regex.h"

#include <re2/re2.h>

namespace streamline::groups::consumer {

namespace {

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexBytes);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<std::string> regex_error(std::string_view regex) {
  const RE2 compiled(piece(regex), options());
  if (compiled.ok()) return std::nullopt;
  return compiled.error();
}

ResolvedRegex resolve(std::string_view regex, const TopicLookup& topics, std::int64_t wall_ms) {
  ResolvedRegex resolved{.version = static_cast<std::int64_t>(topics.version()), .timestamp_ms = wall_ms};
  const RE2 compiled(piece(regex), options());
  if (!compiled.ok()) return resolved;
  topics.for_each([&](const TopicFacts& topic) {
    if (RE2::FullMatch(piece(topic.name), compiled)) resolved.topics.insert(topic.name);
  });
  return resolved;
}

}  // namespace streamline::groups::consumer
