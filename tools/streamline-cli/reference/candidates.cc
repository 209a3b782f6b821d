// Follows the words through the grammar; topics and groups are asked of the broker.
#include "reference/candidates.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/groups.h"
#include "records/decoder.h"
#include "reference/grammar.h"

namespace streamline::cli {

namespace {

const CLI::App* command_named(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : commands_of(app)) {
    const auto& aliases = command->get_aliases();
    if (command->get_name() == word || std::ranges::find(aliases, word) != aliases.end()) return command;
  }
  return nullptr;
}

/// The flag that `word` names, of `app` or of a command above it.
const CLI::Option* flag_named(const CLI::App& app, std::string_view word) {
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* flag : flags_of(*level)) {
      const auto is_it = [&](std::string_view dashes, const std::vector<std::string>& names) {
        return std::ranges::any_of(names, [&](const std::string& name) { return word == fmt::format("{}{}", dashes, name); });
      };
      if (is_it("--", flag->get_lnames()) || is_it("-", flag->get_snames())) return flag;
    }
  }
  return nullptr;
}

std::vector<std::string> topic_names(Session& session) {
  std::vector<std::string> names;
  if (session.cluster == nullptr) return names;
  const auto topics = session.cluster->topics();
  if (!topics) return names;
  for (const auto& topic : *topics) {
    if (!topic.internal) names.push_back(topic.name);
  }
  return names;
}

std::vector<std::string> group_names(Session& session) {
  std::vector<std::string> names;
  if (session.cluster == nullptr) return names;
  const auto groups = client::list_groups(*session.cluster);
  if (!groups) return names;
  for (const auto& group : *groups) names.push_back(group.id);
  return names;
}

/// By what a value is called in the grammar.
std::vector<std::string> values_of(Session& session, std::string_view name) {
  if (name == "topic" || name == "source" || name == "left" || name == "right") return topic_names(session);
  if (name == "group") return group_names(session);
  if (name == "color") return {"auto", "always", "never"};
  if (name == "output") return {"table", "wide", "json", "yaml", "csv", "name", "help"};
  if (name == "kind") return {"topic", "broker", "broker-logger", "group", "client-metrics"};
  if (name == "shell") return {"bash", "zsh", "fish"};
  if (name == "form") return {"markdown", "man"};
  if (name == "compression") return {"none", "gzip", "snappy", "lz4", "zstd"};
  if (name == "acks") return {"0", "1", "all"};
  if (name == "isolation") return {"uncommitted", "committed"};
  if (name == "decode-key" || name == "decode-value" || name == "encode-key" || name == "encode-value") {
    std::vector<std::string> words = decoding_words();
    for (const std::string& word : schema_words()) words.push_back(word + ":");
    return words;
  }
  if (name == "file" || name == "undo") return {":files"};
  return {};
}

std::vector<std::string> flags_at(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* flag : flags_of(*level)) {
      if (!flag->get_lnames().empty()) flags.push_back(fmt::format("--{}\t{}", flag->get_lnames().front(), flag->get_description()));
    }
  }
  flags.emplace_back("--help\tPrint this help message and exit");
  return flags;
}

}  // namespace

std::vector<std::string> candidates(Session& session, std::span<const std::string> words) {
  const CLI::App* command = session.grammar;
  const CLI::Option* waiting = nullptr;
  std::size_t positionals = 0;
  for (const std::string& word : words.first(words.empty() ? 0 : words.size() - 1)) {
    if (waiting != nullptr) {
      waiting = nullptr;
    } else if (word.starts_with('-')) {
      const CLI::Option* flag = flag_named(*command, word);
      if (flag != nullptr && takes_value(*flag)) waiting = flag;
    } else if (const CLI::App* below = command_named(*command, word); below != nullptr) {
      command = below;
    } else {
      ++positionals;
    }
  }
  const std::string_view typed = words.empty() ? std::string_view() : std::string_view(words.back());
  if (waiting != nullptr)
    return waiting->get_lnames().empty() ? std::vector<std::string>() : values_of(session, waiting->get_lnames().front());
  if (typed.starts_with('-')) return flags_at(*command);
  std::vector<std::string> found;
  for (const CLI::App* below : commands_of(*command)) found.push_back(fmt::format("{}\t{}", below->get_name(), below->get_description()));
  if (!found.empty()) return found;
  const auto positions = words_of(*command);
  if (positions.empty()) return {};
  const CLI::Option& position = *positions[std::min(positionals, positions.size() - 1)];
  if (positionals >= positions.size() && position.get_expected_max() <= 1) return {};
  return values_of(session, position.get_name(true));
}

std::string bootstrap_in(std::span<const std::string> words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "-b" || words[i] == "--bootstrap") return words[i + 1];
  }
  return {};
}

}  // namespace streamline::cli
