// produce TOPIC: one record for each line of standard input or a file, as text or as JSON, or records made up from a template.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include "client/address.h"
#include "client/producer.h"
#include "client/socket.h"
#include "commands.h"
#include "output/table.h"
#include "records/envelope.h"
#include "records/line_reader.h"
#include "records/produce_plan.h"

namespace streamline::cli {

namespace {

constexpr std::array kProduceKeys = {
    Column{"topic", "", "where the records are"},
    Column{"records", "", "written", Type::integer},
    Column{"partitions[].partition", "", "number", Type::integer},
    Column{"partitions[].records", "", "written into it", Type::integer},
    Column{"partitions[].first_offset", "", "of the first of them; null with --acks 0", Type::integer_or_null},
    Column{"partitions[].last_offset", "", "of the last of them; null with --acks 0", Type::integer_or_null},
};
/// The last word to the coordinator, also after an interrupt.
constexpr std::chrono::milliseconds kEndTimeout(10'000);

/// Gives records to the producer at the pace that was asked for, and ends transactions.
class Feed {
 public:
  Feed(Session& session, const ProduceOptions& options, const ProducePlan& planned)
      : session_(session), options_(options), planned_(planned), producer_(*session.cluster, options.topic, planned.producer) {}

  Status give(const record::NewRecord& record, std::optional<std::int32_t> partition) {
    ++given_;
    if (options_.dry_run) return {};
    if (auto paced = keep_pace(); !paced) return paced;
    if (auto added = producer_.add(record, partition); !added) return added;
    return options_.every > 0 && given_ % options_.every == 0 ? producer_.commit() : Status{};
  }
  Status line(std::string_view text, std::int64_t number) {
    return planned_.source == Source::envelopes ? envelope(text, number) : plain(text, number);
  }
  Status make_up(Progress& progress) {
    std::mt19937_64 random(std::random_device{}());
    std::string value;
    std::string key;
    for (std::int64_t number = 1; number <= options_.count; ++number) {
      record::NewRecord record{.timestamp = planned_.timestamp.value_or(wall_clock_ms()), .headers = planned_.headers};
      value.clear();
      planned_.value_template.render(value, number, record.timestamp, random);
      record.value = as_bytes(value);
      if (planned_.key) record.key = as_bytes(*planned_.key);
      if (planned_.key_template) {
        key.clear();
        planned_.key_template->render(key, number, record.timestamp, random);
        record.key = as_bytes(key);
      }
      if (auto given = encode_and_give(record, planned_.partition, "record", number); !given) return given;
      progress.at(number);
    }
    return {};
  }
  Status flush() { return options_.dry_run ? Status{} : producer_.flush(); }
  /// The records of a transaction are visible once this has come back.
  Status finish() {
    if (options_.dry_run) return {};
    return options_.transactional_id.empty() ? producer_.flush() : producer_.commit();
  }
  Status abandon() {
    if (options_.dry_run || options_.transactional_id.empty()) return {};
    auto bootstrap = client::parse_bootstrap(session_.bootstrap);
    if (!bootstrap) return fail_with(std::move(bootstrap));
    client::ClusterOptions end_options;
    end_options.connection.client_id = session_.client_id;
    end_options.total_timeout = kEndTimeout;
    client::Cluster cluster(*std::move(bootstrap), end_options);
    return producer_.abort(cluster);
  }
  std::int64_t given() const { return given_; }
  const client::Producer& producer() const { return producer_; }

 private:
  Status plain(std::string_view text, std::int64_t number) {
    record::NewRecord record{
        .timestamp = planned_.timestamp.value_or(wall_clock_ms()), .value = as_bytes(text), .headers = planned_.headers};
    if (planned_.key) record.key = as_bytes(*planned_.key);
    if (options_.tombstone) {
      if (!planned_.key) record.key = as_bytes(text);
      record.value.reset();
    } else if (!planned_.key_delimiter.empty()) {
      const std::size_t at = text.find(planned_.key_delimiter);
      if (at == std::string_view::npos)
        return fail(Errc::invalid_argument, fmt::format("line {} does not hold the key delimiter '{}'", number, planned_.key_delimiter));
      record.key = as_bytes(text.substr(0, at));
      record.value = as_bytes(text.substr(at + planned_.key_delimiter.size()));
    }
    if (options_.null_value && record.value && as_text(*record.value) == *options_.null_value) record.value.reset();
    return encode_and_give(record, planned_.partition, "line", number);
  }
  Status envelope(std::string_view text, std::int64_t number) {
    const auto contents = [](const std::optional<Decoder>& encoder) { return encoder ? Contents::json : Contents::bytes; };
    auto parsed = parse_envelope(text, contents(planned_.encode_key), contents(planned_.encode_value));
    if (!parsed) return fail(Errc::invalid_argument, fmt::format("line {}: {}", number, parsed.error().text));
    std::vector<record::HeaderView> headers = planned_.headers;
    for (const auto& [key, value] : parsed->headers)
      headers.push_back({.key = key, .value = value ? std::optional(as_bytes(*value)) : std::nullopt});
    record::NewRecord record{.timestamp = planned_.timestamp.value_or(parsed->timestamp.value_or(wall_clock_ms())), .headers = headers};
    if (parsed->key) record.key = as_bytes(*parsed->key);
    if (parsed->value) record.value = as_bytes(*parsed->value);
    const auto partition = planned_.partition ? planned_.partition : options_.repartition ? std::nullopt : parsed->partition;
    return encode_and_give(record, partition, "line", number);
  }
  Status encode_and_give(record::NewRecord record, std::optional<std::int32_t> partition, std::string_view what, std::int64_t number) {
    std::string key;
    std::string value;
    auto encoded = encode(planned_.encode_key, record.key, key);
    if (encoded) encoded = encode(planned_.encode_value, record.value, value);
    if (!encoded) return fail(Errc::invalid_argument, fmt::format("{} {}: {}", what, number, encoded.error().text));
    return give(record, partition);
  }
  /// JSON becomes what it is encoded to, which `room` holds.
  Status encode(const std::optional<Decoder>& encoder, std::optional<ByteView>& content, std::string& room) const {
    if (!encoder || !content) return {};
    auto json = parse_json(*content);
    if (!json) return fail_with(std::move(json));
    auto encoded = encoder->encode(json->value, options_.schema_id.value_or(0));
    if (!encoded) return fail_with(std::move(encoded));
    room = *std::move(encoded);
    content = as_bytes(room);
    return {};
  }
  /// Waits until the next record is due.
  Status keep_pace() {
    if (options_.rate <= 0) return {};
    const auto due = begun_ + std::chrono::duration_cast<client::Deadline::duration>(
                                  std::chrono::duration<double>(static_cast<double>(given_ - 1) / options_.rate));
    const auto wait = client::left_until(due);
    if (wait.count() == 0) return {};
    // What is due is not to wait for what is not.
    if (auto flushed = producer_.flush(); !flushed) return flushed;
    return client::pause(wait, session_.interrupt_fd);
  }

  Session& session_;
  const ProduceOptions& options_;
  const ProducePlan& planned_;
  client::Producer producer_;
  client::Deadline begun_ = client::deadline_in(std::chrono::milliseconds(0));
  std::int64_t given_ = 0;
};

/// Where lines come from.
struct Input {
  int fd = STDIN_FILENO;
  /// Of a plain file; nobody knows how much a pipe will bring.
  std::optional<std::int64_t> bytes{};

  /// How much was read of it.
  std::int64_t position() const { return std::max<std::int64_t>(0, ::lseek(fd, 0, SEEK_CUR)); }
};

Result<Input> open_input(const std::string& file) {
  Input input;
  if (!file.empty()) input.fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (input.fd < 0) return fail_errno(errno, "open " + file);
  struct stat status{};
  if (::fstat(input.fd, &status) == 0 && S_ISREG(status.st_mode)) input.bytes = status.st_size;
  return input;
}

/// Everything that is gathered is sent before input has to be waited for, so that a slow pipe sees its records arrive.
Status pump(LineReader& lines, Feed& feed, std::int64_t count, const Input& input, Progress& progress) {
  while (count == 0 || feed.given() < count) {
    if (lines.would_wait()) {
      if (auto flushed = feed.flush(); !flushed) return flushed;
    }
    auto line = lines.next();
    if (!line) return fail_with(std::move(line));
    if (!*line) break;
    if (progress.is_due()) progress.show(input.position());
    if (auto given = feed.line(**line, lines.line_number()); !given) {
      // What stood before the bad line is sent: the error then tells where to go on.
      if (auto flushed = feed.flush(); !flushed) return flushed;
      return given;
    }
  }
  return {};
}

ExitCode report(const Session& session, const ProduceOptions& options, const Feed& feed) {
  if (options.dry_run) remark(fmt::format("{} records read, none written", feed.given()));
  Json partitions = Json::array();
  Table table({"PARTITION", "RECORDS", "FIRST-OFFSET", "LAST-OFFSET"});
  std::int64_t records = 0;
  for (const auto& [partition, delivery] : feed.producer().deliveries()) {
    const bool told = delivery.first_offset != kNoOffset;
    records += delivery.records;
    table.add({std::to_string(partition), std::to_string(delivery.records), told ? std::to_string(delivery.first_offset.value) : "",
               told ? std::to_string(delivery.last_offset.value) : ""});
    partitions.push_back({{"partition", partition},
                          {"records", delivery.records},
                          {"first_offset", told ? Json(delivery.first_offset.value) : Json(nullptr)},
                          {"last_offset", told ? Json(delivery.last_offset.value) : Json(nullptr)}});
  }
  if (session.output == Output::plain) return ExitCode::ok;
  return finish(session, Json{{"topic", options.topic}, {"records", records}, {"partitions", partitions}}, table.text(session.paint));
}

/// A failure, with what it leaves behind.
ExitCode complain_broken_off(Feed& feed, Error error, bool is_transactional) {
  std::int64_t records = 0;
  for (const auto& [partition, delivery] : feed.producer().deliveries()) records += delivery.records;
  if (!is_transactional) {
    error.text += fmt::format("; {} records were written", records);
    return complain(error);
  }
  const Status aborted = feed.abandon();
  error.text += aborted ? "; the open transaction was aborted" : "; the open transaction is left to time out: " + aborted.error().text;
  return complain(error);
}

ExitCode produce(Session& session, const ProduceOptions& options) {
  auto planned = plan_produce(options);
  if (!planned) return planned.error().code == Errc::invalid_argument ? complain_usage(planned.error().text) : complain(planned.error());
  const auto input = open_input(options.file);
  if (!input) {
    complain(input.error());
    return ExitCode::failed;
  }
  Feed feed(session, options, *planned);
  LineReader lines(input->fd, session.interrupt_fd, options.file.empty() ? "standard input" : options.file);
  const bool is_made_up = planned->source == Source::made_up;
  // What somebody types, or a pipe brings, has no length.
  const bool is_seen = is_made_up || (input->bytes && options.count == 0);
  Progress progress(is_seen ? session.progress : Drawn::no, "produce", is_made_up ? Unit::records : Unit::bytes,
                    is_made_up ? std::optional(options.count) : input->bytes);
  Status fed = is_made_up ? feed.make_up(progress) : pump(lines, feed, options.count, *input, progress);
  if (fed) fed = feed.finish();
  progress.clear();
  if (!fed) return complain_broken_off(feed, std::move(fed).error(), !options.transactional_id.empty());
  return report(session, options, feed);
}

void add_input(CLI::App& command, ProduceOptions& options) {
  command.add_option("topic", options.topic, "topic")->required();
  command.add_option("--file", options.file, "read lines from this file instead");
  command.add_flag("--json", options.json, "lines are records as 'consume -o json' prints them");
  command.add_flag("--repartition", options.repartition, "with --json: let the key choose the partition anew");
  command.add_option("-k,--key", options.key, "key of every record");
  command.add_option("--key-delimiter", options.key_delimiter, "what separates key and value in a line; \\t is a tab");
  command.add_flag("--tombstone", options.tombstone, "lines are keys whose values are deleted (null)");
  command.add_option("--null-value", options.null_value, "this text as a value stands for null");
  command.add_option("--template", options.value_template, "make values up: %n number %d time %u UUID %r{1-100} %s{16} letters %c{a,b}");
  command.add_option("--key-template", options.key_template, "make keys up likewise");
  command.add_option("--encode-key", options.encode_key,
                     "keys are JSON, to be written as msgpack, cbor, avro:FILE or protobuf:FILE#MESSAGE");
  command.add_option("--encode-value", options.encode_value, "values likewise; what 'consume --decode-value' prints is taken");
  command
      .add_option("--schema-id", options.schema_id, "with registry-avro:FILE or registry-protobuf:FILE#MESSAGE: what their header holds")
      ->check(CLI::NonNegativeNumber);
  command.add_option("-n,--count", options.count, "stop after so many records")->check(CLI::PositiveNumber);
  command.add_option("--rate", options.rate, "records a second, at most")->check(CLI::PositiveNumber);
}

void add_writing(CLI::App& command, ProduceOptions& options) {
  command.add_option("-p,--partition", options.partition, "partition; without it the key's hash decides, as in Java")
      ->check(CLI::NonNegativeNumber);
  command.add_option("-H,--header", options.headers, "key=value, any number of times")->allow_extra_args(false);
  command.add_option("--timestamp", options.timestamp, "time of every record, as behind @ in consume (now)");
  command.add_option("-z,--compression", options.codec, "none, gzip, snappy, lz4 or zstd");
  command.add_option("--acks", options.acks, "0, 1 or all (default)");
  command.add_option("--transactional", options.transactional_id,
                     "write in a transaction under this id: all records become visible together");
  command.add_option("--every", options.every, "with --transactional: commit after so many records, and begin another")
      ->check(CLI::PositiveNumber);
  command.add_flag("--dry-run", options.dry_run, "read and check, and write nothing");
}

}  // namespace

void add_produce(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<ProduceOptions>(
      app, session, {"produce", "Write a record for each line of standard input", {.shape = Shape::document, .keys = kProduceKeys}},
      produce);
  add_input(*command, *options);
  add_writing(*command, *options);
  command->footer(
      "Examples:\n  echo hello | streamline-cli produce greetings\n  streamline-cli produce orders --key-delimiter : --file orders.txt -z "
      "zstd\n  streamline-cli produce events -k sensor-7 -H source=lab -p 0 -o json\n"
      "  streamline-cli produce load --template '{\"id\":%n,\"at\":%d}' --key-template %r{1-9} -n 1000 --rate 100\n"
      "  streamline-cli produce orders --encode-value avro:order.avsc --file orders.jsonl\n"
      "  streamline-cli consume orders -o json | streamline-cli -b other:9092 produce orders --json");
}

}  // namespace streamline::cli
