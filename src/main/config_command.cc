// Showing, checking and documenting the configuration.
#include "main/config_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/loader.h"
#include "config/property.h"
#include "main/exit_code.h"
#include "main/flags.h"
#include "main/parser.h"
#include "main/print.h"

namespace streamline::main_program {

namespace {

constexpr const char* kFooter =
    R"(show takes the flags of the server and reads the same variables and file, so it tells what a start would run with.
Keys of show -o json: key, value (null: unset), source (default, file, environment, flag), origin, default.

Exit codes: 0 right, 64 wrong flag, 78 something in the configuration is wrong: each mistake is a line.

Examples:
  streamline config show --changed
  streamline config show num.partitions -o json --config /etc/streamline/streamline.toml
  streamline config check server.properties
  streamline config docs > streamline.toml
  streamline config docs log.retention.ms)";

int exit_with(ExitCode code) { return static_cast<int>(code); }

std::string_view word_of(config::Source source) {
  switch (source) {
    case config::Source::default_value: return "default";
    case config::Source::file: return "file";
    case config::Source::environment: return "environment";
    case config::Source::flag: return "flag";
  }
  return "?";
}

struct Row {
  const config::Property* property;
  std::optional<std::string> value;
  std::string_view source;
  std::string origin;
};

Row row_of(const config::Property& property, const config::Properties& properties) {
  Row row{.property = &property, .value = std::nullopt, .source = word_of(properties.source(property.name)), .origin = {}};
  if (const auto text = properties.text(property.name)) row.value = property.sensitive() ? "[hidden]" : std::string(*text);
  if (const config::Setting* setting = properties.find(property.name)) row.origin = setting->origin;
  return row;
}

void print_table(const std::vector<Row>& rows) {
  std::size_t key_width = 3;
  std::size_t value_width = 5;
  for (const Row& row : rows) {
    key_width = std::max(key_width, row.property->name.size());
    value_width = std::max(value_width, std::min<std::size_t>(row.value.value_or("").size(), 40));
  }
  print(stdout, "{:<{}}  {:<{}}  SOURCE\n", "KEY", key_width, "VALUE", value_width);
  for (const Row& row : rows) {
    const std::string value = row.value ? (row.value->empty() ? "\"\"" : *row.value) : "-";
    const std::string source = row.origin.empty() ? std::string(row.source) : fmt::format("{} {}", row.source, row.origin);
    print(stdout, "{:<{}}  {:<{}}  {}\n", row.property->name, key_width, value, value_width, source);
  }
}

void print_json(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    nlohmann::ordered_json line;
    line["key"] = row.property->name;
    line["value"] = row.value ? nlohmann::ordered_json(*row.value) : nlohmann::ordered_json();
    line["source"] = row.source;
    line["origin"] = row.origin;
    const auto& fallback = row.property->default_value;
    line["default"] = fallback ? nlohmann::ordered_json(*fallback) : nlohmann::ordered_json();
    print(stdout, "{}\n", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }
}

int refuse(ExitCode code, std::string_view text) {
  print(stderr, "streamline: {}\n", text);
  return exit_with(code);
}

/// Standard output, written out: a full disk there is an error of the run.
int finish() {
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? exit_with(ExitCode::ok)
                                                              : refuse(ExitCode::io, "standard output cannot be written");
}

/// The row of that name, or the exit code of the refusal.
const config::Property* known(const std::string& key) {
  const config::Property* property = config::find_broker_property(key);
  if (property != nullptr && !property->alias_of.empty()) return config::find_broker_property(property->alias_of);
  return property;
}

int refuse_unknown(const std::string& key) {
  return refuse(ExitCode::usage, fmt::format("no property {}; the nearest is {}", key, config::nearest_key(key)));
}

struct ShowOptions {
  Flags flags;
  std::vector<std::string> keys;
  std::string output = "text";
  bool changed = false;
};

int show(const ShowOptions& options) {
  if (const std::string wrong = check_configuration_options(options.flags); !wrong.empty()) return refuse(ExitCode::usage, wrong);
  const auto loaded = config::load(load_request(options.flags));
  if (!loaded) return refuse(ExitCode::configuration, loaded.error().text);
  for (const std::string& warning : loaded->warnings) print(stderr, "streamline: {}\n", warning);
  std::vector<Row> rows;
  for (const std::string& key : options.keys) {
    const config::Property* property = known(key);
    if (property == nullptr) return refuse_unknown(key);
    rows.push_back(row_of(*property, loaded->properties));
  }
  if (options.keys.empty()) {
    for (const config::Property* property : config::broker_properties()) {
      const bool is_changed = loaded->properties.find(property->name) != nullptr;
      if (property->alias_of.empty() && (is_changed || !options.changed)) rows.push_back(row_of(*property, loaded->properties));
    }
    std::ranges::sort(rows, {}, [](const Row& row) { return row.property->name; });
  }
  options.output == "json" ? print_json(rows) : print_table(rows);
  return finish();
}

int check_file(const std::string& file) {
  config::LoadRequest request;
  request.file = file;
  const auto loaded = config::load(request);
  if (!loaded) return refuse(ExitCode::configuration, loaded.error().text);
  for (const std::string& warning : loaded->warnings) print(stdout, "note: {}\n", warning);
  print(stdout, "{} is right\n", file);
  return finish();
}

int document(const std::string& key) {
  if (key.empty()) {
    print(stdout, "{}", config::print_document());
    return finish();
  }
  const config::Property* property = known(key);
  if (property == nullptr) property = config::find_topic_property(key);
  if (property == nullptr) return refuse_unknown(key);
  const std::string range = config::range_text(*property);
  print(stdout, "{}\n  {}\n  default: {}\n", property->name, property->text, property->default_value.value_or("(unset)"));
  if (!range.empty()) print(stdout, "  allowed: {}\n", range);
  if (!property->unit.empty()) print(stdout, "  unit: {}\n", property->unit);
  if (!property->kafka_default.empty()) print(stdout, "  Kafka's default: {}\n", property->kafka_default);
  return finish();
}

}  // namespace

int run_config(int argc, char** argv) {
  CLI::App app("Shows, checks and explains the configuration of the server.", "streamline config");
  app.require_subcommand(1);
  ShowOptions options;
  CLI::App* show_command = app.add_subcommand("show", "every property with its value and where it comes from");
  show_command->add_option("KEY", options.keys, "only these properties");
  show_command->add_flag("--changed", options.changed, "only what is not at its default");
  show_command->add_option("-o,--output", options.output, "text or json, one object per line [text]")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  add_configuration_options(*show_command, options.flags);
  std::string file;
  CLI::App* check_command = app.add_subcommand("check", "whether a file is right, by itself");
  check_command->add_option("FILE", file, "TOML, or Kafka's syntax when it ends in .properties")->required();
  std::string key;
  CLI::App* docs_command = app.add_subcommand("docs", "the manual: every property as a commented file, or one");
  docs_command->add_option("KEY", key, "only this property");
  app.footer(kFooter);
  if (const auto end = run_parser(app, argc, argv)) return *end;
  if (show_command->parsed()) return show(options);
  return check_command->parsed() ? check_file(file) : document(key);
}

}  // namespace streamline::main_program
