// Putting a broker together: configuration, files, broker, server, in this order; the end goes the other way.
#include "embedded/instance.h"

#include <algorithm>
#include <thread>

#include "fs/memory_file_system.h"
#include "fs/posix_file_system.h"
#include "handlers/api_table.h"

namespace streamline::embedded {

namespace {

server::QuotaLimits quota_limits(const config::ServerConfig& config) {
  return {.max_connections = static_cast<std::size_t>(config.max_connections),
          .max_connections_per_ip = static_cast<std::size_t>(config.max_connections_per_ip)};
}

server::ServerOptions server_options(const config::ServerConfig& config, config::Source listeners_source,
                                     std::vector<server::InheritedSocket> inherited) {
  server::ServerOptions options;
  options.inherited = std::move(inherited);
  for (const config::Listener& listener : config.listeners.bound) {
    server::ListenOn on;
    on.name = listener.name;
    on.host = listener.host;
    on.port = listener.port;
    // The default names both loopback addresses; a machine without IPv6 has one.
    on.skip_when_unavailable = listeners_source == config::Source::default_value && listener.host == "::1";
    options.listeners.push_back(std::move(on));
  }
  options.reactors = static_cast<int>(config.reactor_count);
  options.limits.max_request_bytes = static_cast<std::size_t>(config.max_request_bytes);
  options.limits.max_in_flight_requests = static_cast<std::size_t>(config.max_in_flight_requests);
  options.limits.max_queued_bytes = static_cast<std::size_t>(config.max_queued_response_bytes);
  options.limits.max_reactor_bytes =
      static_cast<std::size_t>(config.max_queued_request_bytes) / std::max<std::size_t>(config.reactor_count, 1);
  options.limits.idle_timeout_ms = config.connection_idle_ms;
  options.limits.slow_request_ms = config.slow_request_ms;
  options.limits.landing_bytes = config.landing_buffer_bytes;
  options.quota = quota_limits(config);
  options.max_connection_rate = config.max_connection_rate;
  return options;
}

/// In memory, the records have their share of memory.limit.bytes: what is above it finds the disk full.
std::unique_ptr<fs::FileSystem> make_files(const config::ServerConfig& config) {
  if (!config.in_memory) return std::make_unique<fs::PosixFileSystem>();
  auto memory = std::make_unique<fs::MemoryFileSystem>(fs::DurabilityTracking::off);
  if (config.memory_limit_bytes > 0) memory->set_free_bytes(static_cast<std::uint64_t>(config.memory_limit_bytes) / 2);
  return memory;
}

std::unexpected<StartFailure> failed(StartPhase phase, Error error) {
  return std::unexpected<StartFailure>(StartFailure{.phase = phase, .error = std::move(error)});
}

}  // namespace

Instance::Instance(config::Properties properties) : properties_(std::move(properties)) {}

Instance::Started Instance::start(InstanceOptions options) {
  std::unique_ptr<Instance> instance(new Instance(std::move(options.properties)));
  auto config = config::make_server_config(instance->properties_);
  if (!config) return failed(StartPhase::configuration, std::move(config).error());
  instance->config_ = std::move(*config);
  instance->config_.in_memory = options.keep == Keep::in_memory;
  if (options.keep == Keep::in_memory) instance->config_.data_dir = "/memory";
  instance->files_ = make_files(instance->config_);

  auto opened = broker::Broker::open({.config = instance->config_,
                                      .properties = instance->properties_,
                                      .file_system = *instance->files_,
                                      .clock = instance->clock_,
                                      .apis = handlers::api_table()});
  if (!opened) return failed(StartPhase::data, std::move(opened).error());
  instance->broker_ = std::move(*opened);
  if (Status declared = instance->declare_topics(instance->config_.topics); !declared) {
    return instance->gave_up(StartPhase::topics, std::move(declared).error());
  }
  instance->server_ = std::make_unique<server::Server>(
      server_options(instance->config_, instance->properties_.source("listeners"), std::move(options.inherited)), *instance->broker_,
      instance->clock_);
  if (Status listening = instance->server_->start(); !listening) {
    instance->server_.reset();
    return instance->gave_up(StartPhase::listening, std::move(listening).error());
  }
  instance->broker_->watch_config([server = instance->server_.get()](const config::ServerConfig& now) {
    server->set_limits(quota_limits(now), now.max_connection_rate);
  });
  return instance;
}

/// Nothing was served: what was opened is closed in order, so that the next start has nothing to recover.
std::unexpected<StartFailure> Instance::gave_up(StartPhase phase, Error error) {
  if (const Status closed = broker_->close(); !closed) error.text += "; " + closed.error().text;
  return failed(phase, std::move(error));
}

Instance::~Instance() {
  if (server_) server_->stop_now();
  // The server goes before the broker, whose pool may still change the configuration.
  if (broker_) broker_->watch_config({});
}

void Instance::stop_now() {
  server_->stop_now();
  broker_->store().cut_close_short();
}

Status Instance::stop(std::int64_t deadline_ms) {
  Status drained = server_->drain(deadline_ms);
  Status closed = broker_->close();
  return closed ? std::move(drained) : std::move(closed);
}

}  // namespace streamline::embedded
