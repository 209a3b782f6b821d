// The public face of an Instance for tests.
#include "streamline/embedded_broker.h"

#include <fmt/format.h>

#include "config/property.h"
#include "embedded/instance.h"

namespace streamline {

/// Nobody outside sees it, though it is part of a class that everybody does.
class [[gnu::visibility("hidden")]] EmbeddedBroker::Instance {
 public:
  explicit Instance(std::unique_ptr<embedded::Instance> started) : whole(std::move(started)) {}
  const std::unique_ptr<embedded::Instance> whole;
};

namespace {

/// The properties a test wants, or the first that is wrong.
Result<config::Properties> properties_of(const EmbeddedOptions& options) {
  config::Properties properties;
  const auto put = [&properties](const std::string& key, const std::string& value) {
    return properties.set(key, {.value = value, .source = config::Source::flag, .origin = "EmbeddedOptions"});
  };
  if (Status set = put("listeners", fmt::format("PLAINTEXT://127.0.0.1:{}", options.port)); !set) return fail_with(std::move(set));
  if (!options.data_directory.empty()) {
    if (Status set = put("log.dirs", options.data_directory); !set) return fail_with(std::move(set));
  }
  for (const auto& [key, value] : options.properties) {
    Status set = put(key, value);
    if (set) continue;
    Error error = std::move(set).error();
    if (error.code == Errc::not_found) error.text += fmt::format("; the nearest known one is {}", config::nearest_key(key));
    return std::unexpected(std::move(error));
  }
  return properties;
}

}  // namespace

EmbeddedBroker::EmbeddedBroker(const EmbeddedOptions& options) {
  auto properties = properties_of(options);
  if (!properties) {
    error_ = std::move(properties).error().text;
    return;
  }
  const auto keep = options.data_directory.empty() ? embedded::Keep::in_memory : embedded::Keep::on_disk;
  auto started = embedded::Instance::start({.properties = std::move(*properties), .keep = keep});
  if (!started) {
    error_ = std::move(started).error().error.text;
    return;
  }
  bootstrap_ = (*started)->listeners().front().address.to_string();
  instance_ = std::make_unique<Instance>(std::move(*started));
}

EmbeddedBroker::~EmbeddedBroker() { stop(); }

bool EmbeddedBroker::create_topic(std::string_view name, std::int32_t partitions) {
  error_.clear();
  if (!running()) {
    error_ = "the broker is not running";
    return false;
  }
  catalog::NewTopic wanted;
  wanted.name = name;
  wanted.partition_count = partitions;
  auto& broker = instance_->whole->broker();
  const auto made = broker.catalog().create(wanted, broker.clock().wall_ms());
  if (!made) error_ = made.error().text;
  return made.has_value();
}

bool EmbeddedBroker::stop(std::chrono::milliseconds deadline) {
  error_.clear();
  if (!running()) return true;
  const Status stopped = instance_->whole->stop(deadline.count());
  instance_.reset();
  if (!stopped) error_ = stopped.error().text;
  return stopped.has_value();
}

}  // namespace streamline
