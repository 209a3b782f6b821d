// The runtime's part, without a network and without a disk.
#include "scenario/world.h"

#include <utility>

namespace streamline::scenario {

using groups::TopicFacts;

namespace {

Uuid counted(std::byte first, std::uint32_t number) {
  Uuid id;
  id.bytes[0] = first;
  store_be(id.bytes.data() + 12, number);
  return id;
}

}  // namespace

Uuid CountingIds::next() { return counted(std::byte{0}, next_++); }

void Topics::add(const std::string& name, std::int32_t partitions) {
  ++version_;
  auto& topic = topics_[name];
  if (topic.id.is_zero()) topic = {name, counted(std::byte{0xee}, next_id_++), 0};
  topic.partitions = partitions;
}

std::optional<TopicFacts> Topics::remove(std::string_view name) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return std::nullopt;
  ++version_;
  return std::move(topics_.extract(found).mapped());
}

std::optional<TopicFacts> Topics::by_name(std::string_view name) const {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return std::nullopt;
  return found->second;
}

std::optional<TopicFacts> Topics::by_id(const TopicId& id) const {
  for (const auto& [name, topic] : topics_) {
    if (topic.id == id) return topic;
  }
  return std::nullopt;
}

void Topics::for_each(const std::function<void(const TopicFacts&)>& visit) const {
  for (const auto& [name, topic] : topics_) visit(topic);
}

void Names::learn(const std::string& client, std::string_view id) {
  if (id.empty()) return;
  current_[client] = id;
  if (name_by_id_.contains(id)) return;
  const int given = ++given_[client];
  std::string name = client;
  if (given > 1) name += "#" + std::to_string(given);
  name_by_id_.emplace(id, name);
  id_by_name_.emplace(name, id);
}

std::string Names::current(std::string_view client) const {
  const auto found = current_.find(client);
  return found == current_.end() ? std::string() : found->second;
}

std::string Names::id_of(std::string_view name) const {
  if (name == "-") return {};
  const auto found = id_by_name_.find(name);
  return found == id_by_name_.end() ? std::string(name) : found->second;
}

std::string Names::name_of(std::string_view id) const {
  if (id.empty()) return "-";
  const auto found = name_by_id_.find(id);
  if (found != name_by_id_.end()) return found->second;
  // Its client has not been told yet.
  constexpr std::size_t kRandomBytes = 37;
  const bool is_made = id.size() > kRandomBytes && id[id.size() - kRandomBytes] == '-';
  return is_made ? std::string(id.substr(0, id.size() - kRandomBytes)) + "?" : std::string(id);
}

World::World(const groups::Options& options) : options_(options), shard_(std::make_unique<groups::GroupShard>(options, topics_, ids_)) {
  shard_->loaded(now_, effects_);
}

groups::Call World::call(std::string_view client, wire::ApiKey api, std::int16_t version) {
  const auto caller = callers_.emplace(next_ticket_++, client).first;
  return {.ticket = groups::Ticket(caller->first), .api = api, .version = version, .client_id = caller->second, .client_host = "/10.0.0.1"};
}

std::vector<groups::Answer> World::append() {
  for (std::size_t i = 0; i < effects_.records.size(); ++i) {
    const auto view = effects_.records[i];
    LoggedRecord& record = log_.emplace_back();
    record.key.assign(view.key.begin(), view.key.end());
    if (view.value) record.value.emplace(view.value->begin(), view.value->end());
    record.producer = view.writer.id;
  }
  std::vector<groups::Answer> answers = std::move(effects_.answers);
  effects_.clear();
  return answers;
}

std::vector<groups::Answer> World::end_turn() {
  shard_->expire(now_, effects_);
  return append();
}

std::vector<groups::Answer> World::fail_turn(wire::ErrorCode error) {
  shard_->expire(now_, effects_);
  const wire::ErrorCode told = groups::coordinator_error(error);
  std::vector<groups::Answer> answers;
  for (const groups::Answer& answer : effects_.answers) answers.push_back(groups::failed_answer(answer, told));
  effects_.clear();
  shard_->abandon(told, effects_);
  for (groups::Answer& answer : effects_.answers) answers.push_back(std::move(answer));
  effects_.clear();
  restart();
  return answers;
}

std::vector<groups::Answer> World::end_transaction(ProducerId producer, groups::TransactionEnd end) {
  std::vector<groups::Answer> answers = append();
  log_.push_back({.producer = producer, .end = end});
  shard_->end_transaction(producer, end);
  return answers;
}

std::vector<groups::Answer> World::pass(std::int64_t ms) {
  std::vector<groups::Answer> answers;
  const std::int64_t end_ms = now_.monotonic_ms + ms;
  const auto turn_at = [&](std::int64_t at_ms) {
    now_.wall_ms += at_ms - now_.monotonic_ms;
    now_.monotonic_ms = at_ms;
    for (groups::Answer& answer : end_turn()) answers.push_back(std::move(answer));
  };
  while (true) {
    const auto deadline = shard_->next_deadline();
    if (!deadline || *deadline > end_ms) break;
    turn_at(std::max(*deadline, now_.monotonic_ms));
  }
  turn_at(end_ms);
  return answers;
}

std::unique_ptr<groups::GroupShard> World::replayed() {
  auto shard = std::make_unique<groups::GroupShard>(options_, topics_, ids_);
  for (const LoggedRecord& record : log_) {
    if (record.end) {
      shard->end_transaction(record.producer, *record.end);
      continue;
    }
    std::optional<ByteView> value;
    if (record.value) value = *record.value;
    shard->replay(record.key, value, record.producer);
  }
  return shard;
}

void World::restart() {
  shard_ = replayed();
  shard_->loaded(now_, effects_);
}

}  // namespace streamline::scenario
