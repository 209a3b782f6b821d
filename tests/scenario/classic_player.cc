// Each command becomes a request, a look at the state or a passage of time; README.md lists them.
#include "scenario/classic_player.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>

#include "scenario/consumer_requests.h"
#include "scenario/consumer_text.h"
#include "scenario/requests.h"
#include "scenario/text.h"
#include "scenario/world.h"
#include "wire/error_code.h"

namespace streamline::scenario {

namespace {

using Lines = std::vector<std::string>;
using wire::ErrorCode;

std::string_view error_name(ErrorCode error) { return wire::to_string(error); }

/// `options`, but for what the command says.
groups::Options options_of(const Command& command, groups::Options options) {
  options.initial_rebalance_delay_ms = static_cast<std::int32_t>(command.number("delay", options.initial_rebalance_delay_ms));
  options.max_size = static_cast<std::int32_t>(command.number("max_size", options.max_size));
  options.max_record_bytes = static_cast<std::size_t>(command.number("max_record", static_cast<std::int64_t>(options.max_record_bytes)));
  options.max_offset_metadata_bytes =
      static_cast<std::size_t>(command.number("max_metadata", static_cast<std::int64_t>(options.max_offset_metadata_bytes)));
  options.offsets_retention_ms = command.number("retention", options.offsets_retention_ms);
  options.min_session_ms = static_cast<std::int32_t>(command.number("min_session", options.min_session_ms));
  options.consumer_max_size = static_cast<std::int32_t>(command.number("consumer_max_size", options.consumer_max_size));
  const std::string migration = command.value("migration", "bidirectional");
  constexpr std::array<std::string_view, 4> kPolicies = {"disabled", "upgrade", "downgrade", "bidirectional"};
  const auto policy = std::find(kPolicies.begin(), kPolicies.end(), migration);
  if (policy != kPolicies.end()) options.migration = static_cast<groups::Migration>(policy - kPolicies.begin());
  return options;
}

class ClassicPlayer final : public Player {
 public:
  ClassicPlayer() { begin({}); }

  Lines play(const Command& command) override {
    using Play = Lines (ClassicPlayer::*)(const Command&);
    static const std::map<std::string, Play, std::less<>> plays = {
        {"options", &ClassicPlayer::options},
        {"stable", &ClassicPlayer::stable},
        {"join", &ClassicPlayer::request},
        {"sync", &ClassicPlayer::request},
        {"heartbeat", &ClassicPlayer::request},
        {"leave", &ClassicPlayer::request},
        {"commit", &ClassicPlayer::request},
        {"delete_offsets", &ClassicPlayer::request},
        {"fetch", &ClassicPlayer::fetch},
        {"describe", &ClassicPlayer::describe},
        {"list", &ClassicPlayer::list},
        {"delete", &ClassicPlayer::delete_group},
        {"topic", &ClassicPlayer::topic},
        {"sweep", &ClassicPlayer::sweep},
        {"pass", &ClassicPlayer::pass},
        {"batch", &ClassicPlayer::batch},
        {"end", &ClassicPlayer::end},
        {"fail", &ClassicPlayer::fail},
        {"restart", &ClassicPlayer::restart},
        {"abandon", &ClassicPlayer::abandon},
        {"forget", &ClassicPlayer::forget},
        {"state", &ClassicPlayer::state},
        {"why", &ClassicPlayer::why},
        {"timers", &ClassicPlayer::timers},
        {"enter", &ClassicPlayer::beat},
        {"beat", &ClassicPlayer::beat},
        {"quit", &ClassicPlayer::beat},
        {"show", &ClassicPlayer::show},
        {"times", &ClassicPlayer::times},
        {"log", &ClassicPlayer::log},
        {"loaded", &ClassicPlayer::loaded},
        {"txn_commit", &ClassicPlayer::request},
        {"txn_end", &ClassicPlayer::end_transaction},
    };
    const auto found = plays.find(command.verb);
    if (found == plays.end()) return {"no such command: " + command.verb};
    Lines lines = (this->*found->second)(command);
    for (; shown_ < world_->log().size(); ++shown_) lines.push_back(line_of(*world_, world_->log()[shown_]));
    return lines;
  }

 private:
  void begin(const groups::Options& options) {
    world_ = std::make_unique<World>(options);
    shown_ = 0;
    world_->topics().add("t", 3);
    world_->topics().add("u", 3);
  }
  Lines lines_of(const std::vector<groups::Answer>& answers) {
    Lines lines;
    for (const groups::Answer& answer : answers) learn_id(*world_, answer);
    for (const groups::Answer& answer : answers) lines.push_back(line_of(*world_, answer));
    return lines;
  }
  Lines turn() { return in_batch_ ? Lines{} : lines_of(world_->end_turn()); }

  Lines options(const Command& command) {
    begin(options_of(command, {}));
    return {};
  }
  Lines request(const Command& command) {
    send(*world_, command);
    return turn();
  }
  Lines beat(const Command& command) {
    send_beat(*world_, command);
    return turn();
  }
  Lines show(const Command& command) { return consumer_description(*world_, command.words.empty() ? "g" : command.word(0)); }
  Lines times(const Command& command) {
    groups::ConsumerTimes times;
    times.session_ms = static_cast<std::int32_t>(command.number("session", times.session_ms));
    times.heartbeat_interval_ms = static_cast<std::int32_t>(command.number("interval", times.heartbeat_interval_ms));
    world_->shard().set_consumer_times("g", command.word(0) == "none" ? std::nullopt : std::optional(times));
    return {};
  }
  Lines stable(const Command& command) {
    settle(*world_, command);
    shown_ = world_->log().size();
    const std::string group = command.value("g", "g");
    return {state_line(*world_, group)};
  }
  Lines fetch(const Command& command) { return fetched(*world_, command); }
  Lines describe(const Command& command) { return described(*world_, command); }
  Lines list(const Command& command) { return listed(*world_, command); }
  Lines delete_group(const Command& command) {
    const ErrorCode error = world_->shard().delete_group(command.word(0), world_->now(), world_->effects());
    Lines lines = {fmt::format("deleted {}", error_name(error))};
    for (std::string& line : turn()) lines.push_back(std::move(line));
    return lines;
  }
  Lines topic(const Command& command) {
    if (command.word(0) == "add") {
      world_->topics().add(command.word(1), static_cast<std::int32_t>(command.number("partitions", 1)));
      return {};
    }
    const auto gone = world_->topics().remove(command.word(1));
    // A crash may come before the groups hear of it.
    if (gone && command.word(0) == "delete") world_->shard().topic_deleted(gone->name, gone->id, world_->now(), world_->effects());
    return turn();
  }
  Lines sweep(const Command&) {
    while (world_->shard().expire_offsets(world_->now(), world_->effects()) == groups::GroupShard::Sweep::more) continue;
    return turn();
  }
  Lines pass(const Command& command) { return lines_of(world_->pass(std::stoll(command.word(0)))); }
  Lines batch(const Command&) {
    in_batch_ = true;
    return {};
  }
  Lines end(const Command&) {
    in_batch_ = false;
    return turn();
  }
  Lines fail(const Command& command) {
    in_batch_ = false;
    const auto error = wire::error_code_named(command.word(0));
    return error ? lines_of(world_->fail_turn(*error)) : Lines{"no such error"};
  }
  Lines restart(const Command& command) {
    world_->set_options(options_of(command, world_->options()));
    world_->restart();
    return turn();
  }
  Lines abandon(const Command&) {
    world_->shard().abandon(ErrorCode::not_coordinator, world_->effects());
    return turn();
  }
  /// The client starts anew and does not know its id.
  Lines forget(const Command& command) {
    world_->names().forget(command.word(0));
    return {};
  }
  Lines state(const Command& command) { return {state_line(*world_, command.words.empty() ? "g" : command.word(0))}; }
  Lines why(const Command& command) {
    const groups::RebalanceNote* note = world_->shard().last_rebalance(command.words.empty() ? "g" : command.word(0));
    if (note == nullptr) return {"no rebalance"};
    const std::string lasted = note->ended_ms < 0 ? "goes on" : fmt::format("took {} ms", note->ended_ms - note->began_ms);
    return {fmt::format("{} by {}, {}", note->reason, world_->names().name_of(note->member_id), lasted)};
  }
  Lines timers(const Command&) { return {fmt::format("{} timers", world_->shard().state().timers.size())}; }
  Lines log(const Command& command) {
    world_->log().push_back(raw_record(command));
    ++shown_;
    return {};
  }
  /// `txn_end commit p=7`
  Lines end_transaction(const Command& command) {
    const auto end = command.word(0) == "commit" ? groups::TransactionEnd::commit : groups::TransactionEnd::abort;
    return lines_of(world_->end_transaction(ProducerId(command.number("p", 1)), end));
  }
  Lines loaded(const Command&) {
    const groups::LoadFigures& figures = world_->shard().load_figures();
    Lines lines = {fmt::format("{} records, {} skipped", figures.records, figures.skipped)};
    if (figures.skipped > 0) lines.push_back(figures.last_skip);
    return lines;
  }

  std::unique_ptr<World> world_;
  std::size_t shown_ = 0;
  bool in_batch_ = false;
};

}  // namespace

std::unique_ptr<Player> new_classic_player() { return std::make_unique<ClassicPlayer>(); }

}  // namespace streamline::scenario
