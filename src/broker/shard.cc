// Taking frames apart, the turn's end, mail from other threads, and the operations a shard owns.
#include "broker/shard.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "broker/broker.h"
#include "broker/partition.h"
#include "broker/pool_request.h"
#include "broker/request.h"
#include "broker/request_meter.h"

namespace streamline::broker {

namespace {

constexpr std::size_t kIdleOperations = 1024;
/// Of what a client says of itself; it could be as long as a request.
constexpr std::size_t kLongestNoted = 256;

/// Replies of a request that is answered on its reactor.
class DirectSink final : public ReplySink {
 public:
  DirectSink(Shard& shard, const Api& api, net::Connection& connection, MutableBytes frame, net::Slot slot, std::int64_t throttle_ms)
      : shard_(shard), api_(api), connection_(connection), frame_(frame), slot_(slot), throttle_ms_(throttle_ms) {}
  MutableBytes begin(std::size_t size) override { return connection_.response(slot_).extend(size); }
  void end() override { connection_.complete(slot_); }
  void refuse(std::string_view reason) override { connection_.close(reason); }
  void continue_on_pool() override { shard_.run_on_pool(api_, connection_, frame_, slot_, throttle_ms_); }

 private:
  Shard& shard_;
  const Api& api_;
  net::Connection& connection_;
  const MutableBytes frame_;
  const net::Slot slot_;
  const std::int64_t throttle_ms_;
};

/// What clients also ask on a connection that they only made to learn where their brokers are.
bool is_introduction(wire::ApiKey key) {
  switch (key) {
    case wire::ApiKey::api_versions:
    case wire::ApiKey::metadata:
    case wire::ApiKey::describe_cluster:
    case wire::ApiKey::find_coordinator:
    case wire::ApiKey::init_producer_id: return true;
    default: return false;
  }
}

/// Requests that wait because their client asked to be told of something later.
bool waits_on_purpose(wire::ApiKey key) {
  switch (key) {
    case wire::ApiKey::fetch:
    case wire::ApiKey::join_group:
    case wire::ApiKey::sync_group: return true;
    default: return false;
  }
}

/// A reactor's share of what the whole broker may keep.
FetchSessions::Bounds session_bounds(const Broker& broker) {
  const auto& config = broker.config();
  const std::size_t reactors = std::max<std::size_t>(config.reactor_count, 1);
  return {.slots = (static_cast<std::size_t>(std::max(config.fetch_session_slots, 0)) + reactors - 1) / reactors,
          .partitions = config.fetch_session_partitions / reactors};
}

}  // namespace

Shard::Shard(Broker& broker, net::Reactor& reactor, int index)
    : broker_(broker),
      reactor_(reactor),
      index_(index),
      decompressor_(broker.config().max_plain_batch_bytes),
      recompressor_(broker.config().max_plain_batch_bytes),
      waiters_(index),
      sessions_(*this, session_bounds(broker)),
      cold_reads_(*this),
      appends_(*this),
      syncs_(broker.syncer(), reactor),
      pool_lane_(*this),
      desk_(*this),
      markers_(*this),
      transactional_commits_(*this),
      produce_pool_(kIdleOperations),
      fetch_pool_(kIdleOperations) {}

Shard::~Shard() = default;

void Shard::shut_down() {
  {
    const std::lock_guard lock(mail_mutex_);
    shut_ = true;
    mail_.clear();
  }
  syncs_.hand_over();
  while (ProduceOp* op = active_produces_.front()) finish(*op);
  transactional_commits_.shut_down();
  markers_.shut_down();
  desk_.shut_down();
  sessions_.clear();
  ready_produces_.clear();
  ready_fetches_.clear();
}

void Shard::drain() {
  draining_ = true;
  broker_.groups().stop();
  broker_.transactions().stop();
  for (ConnectionState* state = connections_.front(); state != nullptr;) {
    ConnectionState* following = connections_.next(*state);
    while (FetchOp* op = state->fetches.front()) {
      const net::Slot slot = op->slot();
      op->answer_now();
      // A segment that cannot be read closes the connection, and `state` with it.
      if (slot.connection() == nullptr) break;
    }
    state = following;
  }
}

void Shard::on_open(net::Connection& connection) {
  auto state = std::make_unique<ConnectionState>(connection);
  connections_.push_back(*state);
  connection.set_user_data(state.release());
  if (broker_.watches_addresses()) broker_.address_watch().opened(connection.peer_address().host());
}

void Shard::on_close(net::Connection& connection) {
  const std::unique_ptr<ConnectionState> state(static_cast<ConnectionState*>(connection.user_data()));
  connection.set_user_data(nullptr);
  if (state == nullptr) return;
  if (broker_.watches_addresses()) broker_.address_watch().closed(connection.peer_address().host());
  while (FetchOp* op = state->fetches.front()) op->abandon();
}

void Shard::note_software(net::Slot slot, std::string_view name, std::string_view version) {
  auto& state = *static_cast<ConnectionState*>(slot.connection()->user_data());
  state.software = std::make_unique<ClientSoftware>(
      ClientSoftware{std::string(whole_characters(name, kLongestNoted)), std::string(whole_characters(version, kLongestNoted))});
}

ClientSoftware Shard::software_of(net::Slot slot) const {
  const auto& state = *static_cast<const ConnectionState*>(slot.connection()->user_data());
  return state.software == nullptr ? ClientSoftware() : *state.software;
}

// Clients call themselves the same in every request of a connection, so that one look is enough.
void Shard::note_client(const wire::RequestHeader& header, net::Connection& connection) {
  if (header.client_id)
    static_cast<ConnectionState*>(connection.user_data())->client_id = whole_characters(*header.client_id, kLongestNoted);
}

std::vector<ConnectionView> Shard::connections() {
  std::vector<ConnectionView> views;
  for (ConnectionState* state = connections_.front(); state != nullptr; state = connections_.next(*state)) {
    const net::Connection& connection = state->connection;
    views.push_back({.id = connection.id(),
                     .listener = connection.listener_name(),
                     .local = connection.local_address(),
                     .peer = connection.peer_address(),
                     .client_id = state->client_id,
                     .software = state->software == nullptr ? ClientSoftware() : *state->software,
                     .use = connection.use()});
  }
  return views;
}

std::vector<std::uint64_t> Shard::close_connections(const std::vector<std::uint64_t>& ids, std::string_view reason) {
  std::vector<std::uint64_t> closed;
  for (ConnectionState* state = connections_.front(); state != nullptr;) {
    // Closing frees the state.
    ConnectionState* following = connections_.next(*state);
    net::Connection& connection = state->connection;
    if (std::ranges::binary_search(ids, connection.id())) {
      closed.push_back(connection.id());
      connection.close(reason);
    }
    state = following;
  }
  return closed;
}

void Shard::on_slow(const net::Connection& connection, std::uint16_t kind, std::int64_t took_ms) {
  const auto key = static_cast<wire::ApiKey>(kind);
  if (waits_on_purpose(key)) return;
  log::warn("requests", "slow request api={} took_ms={} client={} listener={}", wire::to_string(key), took_ms,
            connection.peer_address().to_string(), connection.listener_name());
}

void Shard::on_frame(net::Connection& connection, MutableBytes frame, net::Slot slot) {
  syncs_.note_request(&connection);
  const auto header = wire::decode_request_header(frame, arena_);
  if (!header) {
    connection.close(header.error().text);
    return;
  }
  const Api* api = broker_.find_api(header->api_key);
  const bool in_range = api != nullptr && header->api_version >= api->min_version && header->api_version <= api->max_version;
  // ApiVersions answers any version, so that a newer client learns which ones we know (kafka-rules 4, 8).
  if (!in_range && (api == nullptr || api->key != wire::ApiKey::api_versions)) {
    connection.close("request has an API key or version that is not served");
    return;
  }
  if (slot.sequence() == 0) note_client(*header, connection);
  dispatch(*api, *header, connection, frame, slot);
}

void Shard::dispatch(const Api& api, const wire::RequestHeader& header, net::Connection& connection, MutableBytes frame, net::Slot slot) {
  // A request may look at what an earlier one of its connection has produced.
  if (api.key != wire::ApiKey::produce) appends_.flush();
  // A failed produce without acks has no answer but the end of its connection.
  if (connection.is_closed()) return;
  if (broker_.watches_addresses()) watch_client(api, connection);
  const bool is_metered = broker_.quotas().is_active();
  const std::int64_t throttle_ms = is_metered ? throttle_of(api, header, frame.size()) : 0;
  // What it has sent already is handled and answered first, and then nothing more is read (rule 14).
  if (throttle_ms > 0) connection.mute(throttle_ms);
  if (api.runs_on == RunsOn::pool) return run_on_pool(api, connection, frame, slot, throttle_ms);
  DirectSink sink(*this, api, connection, frame, slot, throttle_ms);
  const net::ConnectionOrigin origin{
      .listener_name = connection.listener_name(), .local = connection.local_address(), .peer = connection.peer_address()};
  Request request(
      {.broker = broker_, .shard = this, .arena = arena_, .sink = sink, .origin = origin, .slot = slot, .throttle_ms = throttle_ms}, header,
      frame.subspan(header.size));
  if (!is_metered) return api.handle(request);
  const RequestMeter meter(broker_, request.client_id());
  api.handle(request);
}

void Shard::watch_client(const Api& api, net::Connection& connection) {
  ConnectionState& state = *static_cast<ConnectionState*>(connection.user_data());
  if (state.is_settled || is_introduction(api.key)) return;
  state.is_settled = true;
  broker_.address_watch().settled(connection.peer_address().host());
}

std::int64_t Shard::throttle_of(const Api& api, const wire::RequestHeader& header, std::size_t frame_bytes) {
  ClientQuotas& quotas = broker_.quotas();
  const std::string_view client = header.client_id.value_or("");
  const std::int64_t now_ms = broker_.clock().monotonic_ms();
  const std::int64_t wait_ms = quotas.wait(security::QuotaKind::request, client, now_ms);
  if (api.key != wire::ApiKey::produce) return wait_ms;
  return std::max(wait_ms, quotas.use(security::QuotaKind::produce, client, static_cast<double>(frame_bytes), now_ms));
}

void Shard::run_on_pool(const Api& api, net::Connection& connection, ByteView frame, net::Slot slot, std::int64_t throttle_ms) {
  if (!pool_lane_.start(std::make_unique<PoolRequest>(api, connection, frame, slot, throttle_ms))) connection.close(kPoolIsFull);
}

void Shard::end_of_turn() {
  appends_.flush();
  run_coordinators();
  // What a coordinator has agreed to.
  appends_.flush();
  if (syncs_.run(this)) run_coordinators();
  run_ready();
  pool_lane_.end_of_turn();
  arena_.reset();
  old_topics_.clear();
}

/// Until nothing is left: markers that are written end transactions, and give readers something.
void Shard::run_coordinators() {
  do {
    desk_.end_of_turn();
  } while (markers_.run() || desk_.has_work());
}

void Shard::run_ready() {
  // By index: answering may make others ready.
  for (std::size_t i = 0; i < ready_produces_.size(); ++i) ready_produces_[i]->answer();
  ready_produces_.clear();
  for (std::size_t i = 0; i < ready_fetches_.size(); ++i) {
    if (ready_fetches_[i] != nullptr) ready_fetches_[i]->look_again();
  }
  ready_fetches_.clear();
}

const catalog::TopicMap& Shard::topics() {
  const std::uint64_t version = broker_.catalog().version();
  if (version != topics_version_) {
    if (topics_ != nullptr) old_topics_.push_back(std::move(topics_));
    topics_ = broker_.catalog().snapshot();
    topics_version_ = version;
  }
  return *topics_;
}

void Shard::deliver(net::Task task) {
  const std::lock_guard lock(mail_mutex_);
  if (!shut_) reactor_.post(std::move(task));
}

void Shard::deliver_progress(std::shared_ptr<Partition> partition, std::int64_t bytes) {
  const std::lock_guard lock(mail_mutex_);
  if (shut_) return;
  mail_.push_back({std::move(partition), bytes});
  if (mail_.size() == 1) reactor_.post([this] { take_mail(); });
}

void Shard::deliver_session_end(std::int32_t session_id) {
  deliver([this, session_id] { sessions_.remove(session_id); });
}

void Shard::deliver_answers(CoordinatorPartition& partition, DueAnswers due) {
  deliver([this, &partition, due = std::move(due)]() mutable { desk_.take(partition, std::move(due)); });
}

void Shard::deliver_wake(CoordinatorPartition& partition, std::int64_t monotonic_ms) {
  deliver([this, &partition, monotonic_ms] { desk_.wake(partition, monotonic_ms); });
}

void Shard::deliver_orders(CoordinatorPartition& partition) {
  deliver([this, &partition] { desk_.carry_out(partition); });
}

void Shard::take_mail() {
  {
    const std::lock_guard lock(mail_mutex_);
    std::swap(mail_, mail_now_);
  }
  for (const Progress& progress : mail_now_) waiters_.progress(*progress.partition, progress.bytes);
  mail_now_.clear();
}

ProduceOp& Shard::new_produce() {
  ProduceOp* op = produce_pool_.take(*this).release();
  active_produces_.push_back(*op);
  return *op;
}

void Shard::finish(ProduceOp& op) {
  op.unlink();
  std::unique_ptr<ProduceOp> owned(&op);
  if (op.is_small()) produce_pool_.give_back(std::move(owned));
}

void Shard::mark_ready(ProduceOp& op) { ready_produces_.push_back(&op); }

FetchOp& Shard::new_fetch(net::Slot slot) {
  FetchOp* op = fetch_pool_.take(*this).release();
  static_cast<ConnectionState*>(slot.connection()->user_data())->fetches.push_back(*op);
  return *op;
}

void Shard::finish(FetchOp& op) {
  op.unlink();
  std::unique_ptr<FetchOp> owned(&op);
  if (op.is_small()) fetch_pool_.give_back(std::move(owned));
}

void Shard::mark_ready(FetchOp& op) { ready_fetches_.push_back(&op); }

// The place stays, because the list may be walked right now.
void Shard::no_longer_ready(FetchOp& op) { std::ranges::replace(ready_fetches_, &op, nullptr); }

}  // namespace streamline::broker
