// Flags of the server.
#include "main/flags.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/build_stamp.h"
#include "config/declared_topics.h"
#include "config/listener.h"
#include "main/exit_code.h"
#include "main/parser.h"

namespace streamline::main_program {

namespace {

constexpr const char* kFooter = R"(Examples:
  streamline                                   serve 127.0.0.1:9092, records in ./data
  streamline --listen 0.0.0.0:9092 --advertise broker.example:9092 --data-dir /var/lib/streamline
  streamline --ephemeral --print-env           a throwaway broker for tests; ends with its standard input

Commands, each with its --help:
  streamline check DIR, streamline dump FILE   verify or show what is on disk
  streamline config show | check FILE | docs   what the configuration is, whether it is right, what there is to set
  streamline health --wait 10s                 whether a broker serves
Flags win over STREAMLINE_* and KAFKA_* variables, those over the file.)";

/// "--listen a:1 --listen b:2" as Kafka's list. Errors: parse_host_port's.
Result<std::string> listener_list(const std::vector<std::string>& addresses) {
  std::string list;
  for (const std::string& address : addresses) {
    auto listener = config::parse_host_port(address);
    if (!listener) return fail_with(std::move(listener));
    list += (list.empty() ? "" : ",") + config::to_string(*listener);
  }
  return list;
}

std::string version_text() {
  const BuildStamp& stamp = build_stamp();
  return fmt::format("streamline {} (commit {}, {})", stamp.version, stamp.commit, stamp.build);
}

/// "512MiB" as its number of bytes. What is wrong with it, or nothing.
std::string read_size(std::string& text) {
  const std::string given = text;
  try {
    if (CLI::AsSizeValue(false)(text).empty()) return {};
  } catch (const CLI::ValidationError&) {
    // So the library refuses a unit, with a list of all it knows.
  }
  return fmt::format("{} is no number of bytes, such as 512MiB", given);
}

/// First thing wrong with the flags' values; empty when they are right.
std::string check(const Flags& flags) {
  if (std::string wrong = check_configuration_options(flags); !wrong.empty()) return wrong;
  if (flags.print_env && !flags.ephemeral) return "--print-env needs --ephemeral";
  if (flags.data_dir && (flags.in_memory || flags.ephemeral)) return "--data-dir has no meaning when nothing is kept on disk";
  return {};
}

}  // namespace

void add_configuration_options(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file, "configuration: TOML, or Kafka's server.properties by its ending")->type_name("FILE");
  app.add_option("--listen", flags.listen, "address to listen on [127.0.0.1:9092 and [::1]:9092]; may be repeated")
      ->allow_extra_args(false)
      ->type_name("HOST:PORT");
  app.add_option("--advertise", flags.advertise, "address that clients are told [the one they came to]")
      ->allow_extra_args(false)
      ->type_name("HOST:PORT");
  app.add_option("--data-dir", flags.data_dir, "where records are kept [data]")->type_name("DIR");
  app.add_option("--topic", flags.topics, "make this topic before serving: orders:3, users:1:compact; may be repeated")
      ->allow_extra_args(false)
      ->type_name("TOPIC");
  app.add_option("--memory-limit", flags.memory_limit, "what it may take of the machine's memory [no limit]; KiB, MiB and GiB are known")
      ->transform(CLI::Validator(read_size, ""))
      ->type_name("BYTES");
  app.add_option("--log-level", flags.log_level, "debug, info, warn or error [info]")->type_name("LEVEL");
  app.add_option("--log-format", flags.log_format, "text or json [text]")->type_name("FORMAT");
  app.add_option("-X", flags.properties, "any property, as in a configuration file; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

std::string check_configuration_options(const Flags& flags) {
  for (const auto* list : {&flags.listen, &flags.advertise}) {
    if (const auto parsed = listener_list(*list); !parsed) return parsed.error().text;
  }
  for (const std::string& topic : flags.topics) {
    if (const auto parsed = config::parse_declared_topic(topic); !parsed) return "--topic " + parsed.error().text;
  }
  for (const std::string& property : flags.properties) {
    if (const auto parsed = config::parse_override(property); !parsed) return parsed.error().text;
  }
  if (flags.data_dir && flags.data_dir->empty()) return "--data-dir needs the name of a directory";
  if (flags.memory_limit && *flags.memory_limit <= 0) return "--memory-limit needs a number of bytes, such as 512MiB";
  return {};
}

std::optional<int> parse_flags(int argc, char** argv, Flags& flags) {
  CLI::App app("Streamline, a Kafka-compatible log broker in one binary.", "streamline");
  add_configuration_options(app, flags);
  app.add_flag("--in-memory", flags.in_memory, "keep nothing on disk");
  app.add_flag("--ephemeral", flags.ephemeral, "in memory and on a free port, for tests");
  app.add_flag("--print-env", flags.print_env, "with --ephemeral: print BROKERS=… when ready, end with standard input");
  app.set_version_flag("--version", version_text());
  app.footer(kFooter);
  if (const auto end = run_parser(app, argc, argv)) return end;
  const std::string wrong = check(flags);
  if (wrong.empty()) return std::nullopt;
  std::fprintf(stderr, "streamline: %s\n", wrong.c_str());
  return static_cast<int>(ExitCode::usage);
}

config::LoadRequest load_request(const Flags& flags) {
  config::LoadRequest request;
  request.file = flags.config_file;
  request.file_origin = "--config";
  request.environment = config::process_environment();
  for (const auto& [name, value] : request.environment) {
    if (name != "STREAMLINE_CONFIG" || !request.file.empty()) continue;
    request.file = value;
    request.file_origin = name;
  }
  for (const std::string& property : flags.properties) {
    if (auto parsed = config::parse_override(property)) request.overrides.push_back(std::move(*parsed));
  }
  const auto put = [&request](const char* flag, const char* key, std::string value) {
    request.overrides.push_back({.key = key, .value = std::move(value), .origin = flag});
  };
  std::vector<std::string> listen = flags.listen;
  if (flags.ephemeral && listen.empty()) listen = {"127.0.0.1:0"};
  if (const auto list = listener_list(listen); list && !list->empty()) put("--listen", "listeners", *list);
  if (const auto list = listener_list(flags.advertise); list && !list->empty()) put("--advertise", "advertised.listeners", *list);
  if (flags.data_dir) put("--data-dir", "log.dirs", *flags.data_dir);
  if (flags.memory_limit) put("--memory-limit", "memory.limit.bytes", std::to_string(*flags.memory_limit));
  if (!flags.topics.empty()) put("--topic", "topics", fmt::format("{}", fmt::join(flags.topics, ",")));
  if (!flags.log_level.empty()) put("--log-level", "log.level", flags.log_level);
  if (!flags.log_format.empty()) put("--log-format", "log.format", flags.log_format);
  return request;
}

std::vector<std::string> listener_names(const config::Properties& properties) {
  std::vector<std::string> names;
  if (const auto listeners = config::make_listeners(properties)) {
    for (const config::Listener& listener : listeners->bound) names.push_back(listener.name);
  }
  return names;
}

}  // namespace streamline::main_program
