// Checks of the options.
#include "records/produce_plan.h"

#include <fmt/format.h>

#include "client/offset_spec.h"
#include "output/text.h"
#include "session.h"

namespace streamline::cli {

namespace {

Result<client::Acks> parse_acks(const std::string& text) {
  if (text == "0") return client::Acks::none;
  if (text == "1") return client::Acks::leader;
  if (text == "all" || text == "-1") return client::Acks::all;
  return fail(Errc::invalid_argument, fmt::format("--acks '{}' is none of 0, 1, all", text));
}

Status plan_producer(const ProduceOptions& options, client::ProducerOptions& producer) {
  auto codec = record::parse_codec(options.codec);
  if (!codec) return fail_with(std::move(codec));
  producer.codec = *codec;
  auto acks = parse_acks(options.acks);
  if (!acks) return fail_with(std::move(acks));
  producer.acks = *acks;
  producer.transactional_id = options.transactional_id;
  if (options.transactional_id.empty())
    return options.every == 0 ? Status{} : fail(Errc::invalid_argument, "--every divides into transactions; name one with --transactional");
  if (producer.acks != client::Acks::all) return fail(Errc::invalid_argument, "--transactional needs --acks all");
  return {};
}

Status plan_contents(const ProduceOptions& options, ProducePlan& planned) {
  if (options.key && !options.key_delimiter.empty())
    return fail(Errc::invalid_argument, "-k and --key-delimiter both say what the key is; give one");
  const bool keyed = options.key || !options.key_delimiter.empty();
  if (options.json && (keyed || options.tombstone || options.null_value))
    return fail(Errc::invalid_argument, "--json brings keys and values; leave -k, --key-delimiter, --tombstone and --null-value out");
  if (options.repartition && !options.json) return fail(Errc::invalid_argument, "--repartition is about the partitions that --json brings");
  if (!options.value_template.empty()) {
    if (options.json || !options.file.empty() || !options.key_delimiter.empty() || options.tombstone)
      return fail(Errc::invalid_argument, "--template makes records up; leave --json, --file, --key-delimiter and --tombstone out");
    if (options.count == 0) return fail(Errc::invalid_argument, "--template needs -n, how many records to make up");
    planned.source = Source::made_up;
    auto made = Template::parse(options.value_template);
    if (!made) return fail(Errc::invalid_argument, "--template: " + made.error().text);
    planned.value_template = *std::move(made);
  }
  if (!options.key_template.empty()) {
    if (planned.source != Source::made_up || options.key)
      return fail(Errc::invalid_argument, "--key-template goes with --template and without -k");
    auto made = Template::parse(options.key_template);
    if (!made) return fail(Errc::invalid_argument, "--key-template: " + made.error().text);
    planned.key_template = *std::move(made);
  }
  if (options.json) planned.source = Source::envelopes;
  planned.key = options.key;
  auto delimiter = unescape(options.key_delimiter);
  if (!delimiter) return fail_with(std::move(delimiter));
  planned.key_delimiter = *std::move(delimiter);
  return {};
}

Result<std::optional<Decoder>> plan_encoding(const std::string& flag, const std::string& text, std::optional<std::int32_t> schema_id) {
  if (text.empty()) return std::nullopt;
  auto decoder = Decoder::parse(text);
  if (!decoder) return fail(decoder.error().code, fmt::format("{} {}", flag, decoder.error().text));
  if (auto can = decoder->can_encode(schema_id); !can)
    return fail(can.error().code, fmt::format("{} '{}': {}", flag, text, can.error().text));
  return *std::move(decoder);
}

Status plan_encodings(const ProduceOptions& options, ProducePlan& planned) {
  if (options.tombstone && !options.encode_value.empty())
    return fail(Errc::invalid_argument, "--tombstone writes no values; leave --encode-value out");
  if (options.schema_id && options.encode_key.empty() && options.encode_value.empty())
    return fail(Errc::invalid_argument, "--schema-id is about --encode-key and --encode-value");
  auto key = plan_encoding("--encode-key", options.encode_key, options.schema_id);
  if (!key) return fail_with(std::move(key));
  planned.encode_key = *std::move(key);
  auto value = plan_encoding("--encode-value", options.encode_value, options.schema_id);
  if (!value) return fail_with(std::move(value));
  planned.encode_value = *std::move(value);
  return {};
}

}  // namespace

Result<ProducePlan> plan_produce(const ProduceOptions& options) {
  ProducePlan planned;
  if (auto producer = plan_producer(options, planned.producer); !producer) return fail_with(std::move(producer));
  if (auto contents = plan_contents(options, planned); !contents) return fail_with(std::move(contents));
  if (auto encodings = plan_encodings(options, planned); !encodings) return fail_with(std::move(encodings));
  planned.partition = options.partition;
  if (!options.timestamp.empty()) {
    auto time = client::parse_time(options.timestamp, wall_clock_ms());
    if (!time) return fail(Errc::invalid_argument, "--timestamp " + time.error().text);
    planned.timestamp = *time;
  }
  for (const std::string& header : options.headers) {
    const std::size_t equals = header.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, fmt::format("-H '{}' is not of the form key=value", header));
    planned.headers.push_back(
        {.key = std::string_view(header).substr(0, equals), .value = as_bytes(std::string_view(header).substr(equals + 1))});
  }
  return planned;
}

}  // namespace streamline::cli
