// Shapes compared, written out, and topics made from them; clone can take the records along.
#include "topics/topic_copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "client/consumer.h"
#include "client/producer.h"
#include "commands.h"
#include "input_file.h"
#include "tally.h"
#include "topics/topic_changes.h"
#include "topics/topic_shape.h"

namespace streamline::cli {

namespace {

struct CloneOptions {
  std::string source;
  std::string target;
  std::vector<std::string> configs;
  std::int32_t partitions = 0;
  bool records = false;
  bool dry_run = false;
};
struct DiffOptions {
  std::string left;
  std::string right;
};
struct ExportOptions {
  std::vector<std::string> names;
};
struct ImportOptions {
  std::string file;
  bool dry_run = false;
};

constexpr std::array kCloneKeys = {
    Column{"topic", "TOPIC", "name of the copy"},
    Column{"status", "STATUS", "created, or would be created"},
    Column{"partitions", "PARTITIONS", "how many", Type::integer},
    Column{"records", "RECORDS", "copied; null without --records", Type::integer_or_null},
};
constexpr std::array kDiffKeys = {
    Column{"property", "PROPERTY", "what differs: partitions, replication_factor or the key of a config"},
    Column{"left", "LEFT", "value of the first topic; null where it is not set on it", Type::any},
    Column{"right", "RIGHT", "value of the second topic; null where it is not set on it", Type::any},
};
constexpr std::array kExportKeys = {
    Column{"[].topic", "", "name"},
    Column{"[].partitions", "", "how many", Type::integer},
    Column{"[].replication_factor", "", "copies of each partition", Type::integer},
    Column{"[].configs{}", "", "what was set on the topic: value by key", Type::object},
};
constexpr std::array kImportKeys = {
    Column{"topic", "TOPIC", "name"},
    Column{"status", "STATUS", "created, exists, or would be created"},
};

/// Every record of `source` as it is now, to the same partition of `target`, with its time and headers; how many.
Result<std::int64_t> copy_records(Session& session, const CloneOptions& options, const TopicShape& source) {
  client::Consumer consumer(*session.cluster);
  std::int64_t total = 0;
  for (std::int32_t index = 0; index < source.partitions; ++index) {
    const client::TopicPartition of{.topic = options.source, .partition = index};
    auto range = client::offset_range(*session.cluster, of);
    if (!range) return fail_with(std::move(range));
    consumer.assign(of, range->begin, range->end);
    total += range->end - range->begin;
  }
  client::ProducerOptions producing;
  producing.missing_topic = client::Missing::await;
  client::Producer producer(*session.cluster, options.target, producing);
  Progress progress(session.progress, "clone", Unit::records, total);
  std::int64_t copied = 0;
  const client::Deadline deadline = client::deadline_in(std::chrono::hours(24));
  while (!consumer.done()) {
    auto records = consumer.poll(deadline);
    if (!records) return fail_with(std::move(records));
    for (const auto& consumed : *records) {
      const std::vector<record::HeaderView> headers(consumed.record.headers.begin(), consumed.record.headers.end());
      const record::NewRecord copy{
          .timestamp = consumed.record.timestamp, .key = consumed.record.key, .value = consumed.record.value, .headers = headers};
      if (auto added = producer.add(copy, consumed.partition); !added) return fail_with(std::move(added));
      ++copied;
    }
    progress.at(copied);
    // The consumer asks over the same connections next.
    if (auto flushed = producer.flush(); !flushed) return fail_with(std::move(flushed));
  }
  return copied;
}

ExitCode clone(Session& session, const CloneOptions& options) {
  auto replaced = parse_configs("--config", options.configs);
  if (!replaced) return complain_usage(replaced.error().text);
  auto source = shape_of(*session.cluster, options.source);
  if (!source) return complain(source.error());
  if (options.records && options.partitions != 0 && options.partitions < source->partitions)
    return complain_usage("--records keeps records in their partitions: the copy needs as many as there are");
  std::map<std::string, std::string> configs(source->configs.begin(), source->configs.end());
  for (const auto& [key, value] : *replaced) configs[key] = value;
  const std::int32_t partitions = options.partitions > 0 ? options.partitions : source->partitions;
  auto created = client::create_topic(*session.cluster,
                                      {.name = options.target,
                                       .partitions = partitions,
                                       .replication_factor = source->replication_factor,
                                       .configs = {configs.begin(), configs.end()}},
                                      options.dry_run ? client::Change::only_check : client::Change::make);
  if (!created) return complain(created.error());
  Json records = nullptr;
  if (options.records && !options.dry_run) {
    const auto copied = copy_records(session, options, *source);
    if (!copied) return complain(copied.error());
    records = *copied;
  }
  Listing listing(kCloneKeys);
  listing.add({options.target, options.dry_run ? "would be created" : "created", partitions, records});
  return finish(session, listing);
}

ExitCode diff(Session& session, const DiffOptions& options) {
  auto left = shape_of(*session.cluster, options.left);
  if (!left) return complain(left.error());
  auto right = shape_of(*session.cluster, options.right);
  if (!right) return complain(right.error());
  Listing listing(kDiffKeys);
  if (left->partitions != right->partitions) listing.add({"partitions", left->partitions, right->partitions});
  if (left->replication_factor != right->replication_factor)
    listing.add({"replication_factor", left->replication_factor, right->replication_factor});
  const std::map<std::string, std::string> of_left(left->configs.begin(), left->configs.end());
  const std::map<std::string, std::string> of_right(right->configs.begin(), right->configs.end());
  std::set<std::string> keys;
  for (const auto& [key, value] : of_left) keys.insert(key);
  for (const auto& [key, value] : of_right) keys.insert(key);
  const auto value_in = [](const std::map<std::string, std::string>& configs, const std::string& key) {
    const auto found = configs.find(key);
    return found == configs.end() ? Json(nullptr) : Json(found->second);
  };
  for (const std::string& key : keys) {
    const Json mine = value_in(of_left, key);
    const Json theirs = value_in(of_right, key);
    if (mine != theirs) listing.add({key, mine, theirs});
  }
  if (listing.empty() && session.output == Output::plain) return ExitCode::ok;
  const ExitCode printed = finish(session, listing);
  if (printed != ExitCode::ok) return printed;
  return listing.empty() ? ExitCode::ok : ExitCode::failed;
}

ExitCode write_out(Session& session, const ExportOptions& options) {
  std::vector<std::string> names = options.names;
  if (names.empty()) {
    auto topics = session.cluster->topics();
    if (!topics) return complain(topics.error());
    for (const auto& topic : *topics) {
      if (!topic.internal) names.push_back(topic.name);
    }
  }
  Progress progress(session.progress, "export", Unit::topics, static_cast<std::int64_t>(names.size()));
  Json shapes = Json::array();
  for (const std::string& name : names) {
    auto shape = shape_of(*session.cluster, name);
    // Half a list, taken for a whole one, would lose topics.
    if (!shape) {
      progress.clear();
      return complain(shape.error());
    }
    shapes.push_back(shape_json(*shape));
    progress.at(static_cast<std::int64_t>(shapes.size()));
  }
  progress.clear();
  return finish(session, shapes, json_text(shapes));
}

ExitCode make_missing(Session& session, const ImportOptions& options) {
  auto text = read_input(options.file);
  if (!text) return complain(text.error());
  auto shapes = parse_shapes(*text);
  if (!shapes) return complain_usage(fmt::format("{}: {}", input_name(options.file), shapes.error().text));
  Tally tally;
  Listing listing(kImportKeys);
  Progress progress(session.progress, "import", Unit::topics, static_cast<std::int64_t>(shapes->size()));
  std::int64_t tried = 0;
  for (const TopicShape& shape : *shapes) {
    auto created = client::create_topic(
        *session.cluster,
        {.name = shape.topic, .partitions = shape.partitions, .replication_factor = shape.replication_factor, .configs = shape.configs},
        options.dry_run ? client::Change::only_check : client::Change::make);
    progress.at(++tried);
    if (!created) progress.clear();
    const bool exists = !created && created.error().code == Errc::already_exists;
    tally.count(created || exists ? ExitCode::ok : complain(created.error()));
    if (created || exists) listing.add({shape.topic, exists ? "exists" : options.dry_run ? "would be created" : "created"});
  }
  progress.clear();
  return finish_after(tally.code(), session, listing);
}

void add_clone(CLI::App& topics, Session& session) {
  const auto [command, options] =
      add_command<CloneOptions>(topics, session, {"clone", "Create a topic that is like another", {.keys = kCloneKeys}}, clone);
  command->add_option("source", options->source, "topic to copy")->required();
  command->add_option("target", options->target, "name of the copy")->required();
  command->add_option("-p,--partitions", options->partitions, "partitions (as many as the source without it)")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("-c,--config", options->configs, "key=value instead of the source's, any number of times")->allow_extra_args(false);
  command->add_flag("--records", options->records, "copy the records too, each into the partition it is in");
  command->add_flag("--dry-run", options->dry_run, "let the broker check, and create nothing");
  command->footer(
      "Examples:\n  streamline-cli topics clone orders orders-copy\n  streamline-cli topics clone orders orders-test --records\n"
      "  streamline-cli topics clone orders orders-short -c retention.ms=60000 --dry-run");
}

}  // namespace

void add_topic_copies(CLI::App& topics, Session& session) {
  add_clone(topics, session);
  const auto [diff_command, diffed] = add_command<DiffOptions>(
      topics, session, {"diff", "Show in what two topics differ; exit code 1 when they do", {.keys = kDiffKeys}}, diff);
  diff_command->add_option("left", diffed->left, "topic")->required();
  diff_command->add_option("right", diffed->right, "topic to compare it with")->required();
  diff_command->footer(
      "Examples:\n  streamline-cli topics diff orders orders-test\n  streamline-cli topics diff orders orders-test -o json");
  const auto [export_command, exported] = add_command<ExportOptions>(
      topics, session,
      {"export", "Print topics as JSON that 'topics import' makes them from", {.shape = Shape::document, .keys = kExportKeys}}, write_out);
  export_command->add_option("topic", exported->names, "names (all but internal topics without them)");
  export_command->footer(
      "Examples:\n  streamline-cli topics export > topics.json\n  streamline-cli topics export orders users\n"
      "  streamline-cli topics export -o yaml");
  const auto [import_command, imported] = add_command<ImportOptions>(
      topics, session, {"import", "Create the topics of an export that are missing", {.keys = kImportKeys}}, make_missing);
  import_command->add_option("file", imported->file, "JSON of 'topics export'; - is standard input")->required();
  import_command->add_flag("--dry-run", imported->dry_run, "let the broker check, and create nothing");
  import_command->footer(
      "Examples:\n  streamline-cli topics import topics.json\n  streamline-cli topics import topics.json --dry-run\n"
      "  streamline-cli -b old:9092 topics export | streamline-cli -b new:9092 topics import -");
}

}  // namespace streamline::cli
