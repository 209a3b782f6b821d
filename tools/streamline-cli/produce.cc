// produce TOPIC: one record for each line of standard input or a file.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/producer.h"
#include "commands.h"
#include "line_reader.h"
#include "table.h"
#include "text.h"

namespace streamline::cli {

namespace {

using Json = nlohmann::ordered_json;

struct ProduceOptions {
  std::string topic;
  std::string file;
  std::optional<std::string> key;
  std::string key_delimiter;
  std::optional<std::int32_t> partition;
  std::vector<std::string> headers;
  std::string codec = "none";
  std::string acks = "all";
};

/// The options, checked.
struct ProducePlan {
  client::ProducerOptions producer;
  std::optional<std::string> key;
  std::string key_delimiter;
  std::optional<std::int32_t> partition;
  /// Views into the options.
  std::vector<record::HeaderView> headers;
};

Result<client::Acks> parse_acks(const std::string& text) {
  if (text == "0") return client::Acks::none;
  if (text == "1") return client::Acks::leader;
  if (text == "all" || text == "-1") return client::Acks::all;
  return fail(Errc::invalid_argument, fmt::format("--acks '{}' is none of 0, 1, all", text));
}

Result<ProducePlan> plan(const ProduceOptions& options) {
  ProducePlan planned;
  auto codec = record::parse_codec(options.codec);
  if (!codec) return fail_with(std::move(codec));
  planned.producer.codec = *codec;
  auto acks = parse_acks(options.acks);
  if (!acks) return fail_with(std::move(acks));
  planned.producer.acks = *acks;
  if (options.key && !options.key_delimiter.empty())
    return fail(Errc::invalid_argument, "-k and --key-delimiter both say what the key is; give one");
  planned.key = options.key;
  auto delimiter = unescape(options.key_delimiter);
  if (!delimiter) return fail_with(std::move(delimiter));
  planned.key_delimiter = *std::move(delimiter);
  planned.partition = options.partition;
  for (const std::string& header : options.headers) {
    const std::size_t equals = header.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, fmt::format("-H '{}' is not of the form key=value", header));
    planned.headers.push_back(
        {.key = std::string_view(header).substr(0, equals), .value = as_bytes(std::string_view(header).substr(equals + 1))});
  }
  return planned;
}

Status add_line(client::Producer& producer, const ProducePlan& planned, std::string_view line, std::int64_t line_number) {
  record::NewRecord record{.timestamp = wall_clock_ms(), .value = as_bytes(line), .headers = planned.headers};
  if (planned.key) record.key = as_bytes(*planned.key);
  if (!planned.key_delimiter.empty()) {
    const std::size_t at = line.find(planned.key_delimiter);
    if (at == std::string_view::npos) {
      return fail(Errc::invalid_argument, fmt::format("line {} does not hold the key delimiter '{}'", line_number, planned.key_delimiter));
    }
    record.key = as_bytes(line.substr(0, at));
    record.value = as_bytes(line.substr(at + planned.key_delimiter.size()));
  }
  return producer.add(record, planned.partition);
}

/// Everything that is gathered is sent before input has to be waited for, so that a slow pipe sees its records arrive.
Status pump(LineReader& lines, client::Producer& producer, const ProducePlan& planned) {
  while (true) {
    if (lines.would_wait()) {
      if (auto flushed = producer.flush(); !flushed) return flushed;
    }
    auto line = lines.next();
    if (!line) return fail_with(std::move(line));
    if (!*line) return producer.flush();
    if (auto added = add_line(producer, planned, **line, lines.line_number()); !added) {
      // What stood before the bad line is sent: the error then tells where to go on.
      if (auto flushed = producer.flush(); !flushed) return flushed;
      return added;
    }
  }
}

ExitCode report(const Session& session, const std::string& topic, const client::Producer& producer) {
  Json partitions = Json::array();
  Table table({"PARTITION", "RECORDS", "FIRST-OFFSET", "LAST-OFFSET"});
  std::int64_t records = 0;
  for (const auto& [partition, delivery] : producer.deliveries()) {
    const bool told = delivery.first_offset != kNoOffset;
    records += delivery.records;
    table.add({std::to_string(partition), std::to_string(delivery.records), told ? std::to_string(delivery.first_offset.value) : "",
               told ? std::to_string(delivery.last_offset.value) : ""});
    partitions.push_back({{"partition", partition},
                          {"records", delivery.records},
                          {"first_offset", told ? Json(delivery.first_offset.value) : Json(nullptr)},
                          {"last_offset", told ? Json(delivery.last_offset.value) : Json(nullptr)}});
  }
  if (session.output == Output::table) return finish(table.text());
  if (session.output == Output::json)
    return finish(Json{{"topic", topic}, {"records", records}, {"partitions", partitions}}.dump(2) + "\n");
  return ExitCode::ok;
}

ExitCode produce(Session& session, const ProduceOptions& options) {
  auto planned = plan(options);
  if (!planned) return complain_usage(planned.error().text);
  int fd = STDIN_FILENO;
  if (!options.file.empty()) {
    fd = ::open(options.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      const Error error = fail_errno(errno, "open " + options.file).error();
      complain(error);
      return ExitCode::failed;
    }
  }
  LineReader lines(fd, session.interrupt_fd, options.file.empty() ? "standard input" : options.file);
  client::Producer producer(*session.cluster, options.topic, planned->producer);
  auto pumped = pump(lines, producer, *planned);
  if (!pumped) {
    std::int64_t records = 0;
    for (const auto& [partition, delivery] : producer.deliveries()) records += delivery.records;
    pumped.error().text += fmt::format("; {} records were written", records);
    return complain(pumped.error());
  }
  return report(session, options.topic, producer);
}

}  // namespace

void add_produce(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("produce", "Write a record for each line of standard input");
  auto options = std::make_shared<ProduceOptions>();
  command->add_option("topic", options->topic, "topic")->required();
  command->add_option("--file", options->file, "read lines from this file instead");
  command->add_option("-k,--key", options->key, "key of every record");
  command->add_option("--key-delimiter", options->key_delimiter, "what separates key and value in a line; \\t is a tab");
  command->add_option("-p,--partition", options->partition, "partition; without it the key's hash decides, as in Java")
      ->check(CLI::NonNegativeNumber);
  command->add_option("-H,--header", options->headers, "key=value, any number of times")->allow_extra_args(false);
  command->add_option("-z,--compression", options->codec, "none, gzip, snappy, lz4 or zstd");
  command->add_option("--acks", options->acks, "0, 1 or all (default)");
  command->footer(
      "Examples:\n  echo hello | streamline-cli produce greetings\n  streamline-cli produce orders --key-delimiter : --file orders.txt -z "
      "zstd\n"
      "  streamline-cli produce events -k sensor-7 -H source=lab -p 0 -o json");
  command->callback([&session, options] { session.command = [options](Session& s) { return produce(s, *options); }; });
}

}  // namespace streamline::cli
