// Each command becomes a request, a look at the state or a passage of time; README.md lists them.
#include "scenario/transactions/transaction_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>

#include "scenario/transactions/transaction_requests.h"
#include "scenario/transactions/transaction_text.h"
#include "wire/error_code.h"

namespace streamline::scenario {

namespace {

using Lines = std::vector<std::string>;

transactions::Options options_of(const Command& command) {
  transactions::Options options;
  options.max_timeout_ms = static_cast<std::int32_t>(command.number("max_timeout", options.max_timeout_ms));
  options.id_expiration_ms = command.number("expiration", options.id_expiration_ms);
  options.max_record_bytes = static_cast<std::size_t>(command.number("max_record", static_cast<std::int64_t>(options.max_record_bytes)));
  return options;
}

class TransactionPlayer final : public Player {
 public:
  TransactionPlayer() : world_(std::make_unique<TransactionWorld>()) {}

  Lines play(const Command& command) override {
    using Play = Lines (TransactionPlayer::*)(const Command&);
    static const std::map<std::string, Play, std::less<>> plays = {
        {"options", &TransactionPlayer::options}, {"init", &TransactionPlayer::request},      {"offsets", &TransactionPlayer::request},
        {"commit", &TransactionPlayer::request},  {"abort", &TransactionPlayer::request},     {"add", &TransactionPlayer::add},
        {"verify", &TransactionPlayer::add},      {"send", &TransactionPlayer::judge},        {"check", &TransactionPlayer::judge},
        {"written", &TransactionPlayer::written}, {"describe", &TransactionPlayer::describe}, {"list", &TransactionPlayer::list},
        {"state", &TransactionPlayer::state},     {"pass", &TransactionPlayer::pass},         {"clock", &TransactionPlayer::clock},
        {"sweep", &TransactionPlayer::sweep},     {"batch", &TransactionPlayer::batch},       {"end", &TransactionPlayer::end},
        {"fail", &TransactionPlayer::fail},       {"restart", &TransactionPlayer::restart},   {"power", &TransactionPlayer::power},
        {"syncs", &TransactionPlayer::syncs},     {"sync", &TransactionPlayer::sync},         {"abandon", &TransactionPlayer::abandon},
        {"ids", &TransactionPlayer::ids},         {"log", &TransactionPlayer::log},           {"loaded", &TransactionPlayer::loaded},
        {"timers", &TransactionPlayer::timers},   {"bump", &TransactionPlayer::bump},         {"topic", &TransactionPlayer::topic},
    };
    const auto found = plays.find(command.verb);
    if (found == plays.end()) return {"no such command: " + command.verb};
    Lines lines = (this->*found->second)(command);
    shown_ = std::min(shown_, world_->log().size());
    for (; shown_ < world_->log().size(); ++shown_) lines.push_back(line_of(world_->log()[shown_]));
    return lines;
  }

 private:
  Lines lines_of(const Released& released) {
    Lines lines;
    for (const auto& answer : released.answers) {
      lines.push_back(line_of(*world_, answer));
      if (const auto producer = producer_in(answer)) known_[world_->client_of(answer.ticket)] = *producer;
    }
    for (const auto& order : released.orders) {
      lines.push_back(line_of(order));
      orders_.push_back(order);
    }
    return lines;
  }
  Lines turn(Lines lines = {}) {
    if (in_batch_) return lines;
    for (std::string& line : lines_of(world_->end_turn())) lines.push_back(std::move(line));
    return lines;
  }

  Lines options(const Command& command) {
    world_ = std::make_unique<TransactionWorld>(options_of(command));
    return {};
  }
  Lines request(const Command& command) {
    send(*world_, command, known_);
    return turn();
  }
  Lines add(const Command& command) {
    // "many=N" are the partitions 0 to N - 1 of a topic of that many.
    Command all = command;
    const std::int64_t many = command.number("many", 0);
    if (many > 0) world_->topics().topics["many"] = static_cast<std::int32_t>(many);
    for (std::int64_t i = 0; i < many; ++i) all.words.push_back(fmt::format("many/{}", i));
    return turn({many > 0 ? added(*world_, all, known_).substr(0, 40) : added(*world_, all, known_)});
  }
  Lines judge(const Command& command) { return turn({judged(*world_, command, known_)}); }
  /// Every marker of an order, the oldest unless it is named, is written.
  Lines written(const Command& command) {
    auto order = orders_.begin();
    if (!command.words.empty()) {
      const auto number = static_cast<std::uint64_t>(std::stoll(command.word(0)));
      order = std::find_if(orders_.begin(), orders_.end(), [&](const auto& each) { return each.number == number; });
      if (order == orders_.end() || command.value("id")) {
        // Of no order that was given, or of another id's.
        world_->shard().markers_written(command.value("id", "x"), number, world_->now(), world_->effects());
        return turn();
      }
    }
    if (order == orders_.end()) return {"no order"};
    const transactions::MarkerOrder done = *order;
    orders_.erase(order);
    world_->shard().markers_written(done.transactional_id, done.number, world_->now(), world_->effects());
    return turn();
  }
  Lines describe(const Command& command) { return described(*world_, command); }
  Lines list(const Command& command) { return listed(*world_, command); }
  Lines state(const Command& command) {
    const std::string id = command.words.empty() ? "x" : command.word(0);
    const auto* entry = world_->shard().state().find(id);
    return {entry == nullptr ? id + " unknown" : line_of(id, entry->transaction)};
  }
  Lines pass(const Command& command) { return lines_of(world_->pass(std::stoll(command.word(0)))); }
  Lines clock(const Command& command) {
    world_->set_wall(std::stoll(command.word(0)));
    return {};
  }
  Lines sweep(const Command&) {
    std::size_t turns = 1;
    while (world_->shard().forget_unused(world_->now(), world_->effects()) == transactions::TransactionShard::Sweep::more) ++turns;
    return turn(turns == 1 ? Lines{} : Lines{fmt::format("{} turns", turns)});
  }
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
    if (!error) return {"no such error"};
    Lines lines = lines_of(world_->fail_turn(*error));
    orders_.clear();
    return turn(std::move(lines));
  }
  Lines restart(const Command&) {
    orders_.clear();
    world_->restart();
    return turn();
  }
  Lines power(const Command& command) {
    orders_.clear();
    world_->lose_power(static_cast<std::size_t>(command.number("extra", 0)));
    shown_ = world_->log().size();
    return turn();
  }
  Lines syncs(const Command& command) {
    world_->set_syncs_turns(command.word(0) != "off");
    return {};
  }
  Lines sync(const Command&) { return lines_of(world_->sync()); }
  Lines abandon(const Command&) {
    world_->shard().abandon(wire::ErrorCode::not_coordinator, world_->effects());
    return turn();
  }
  Lines ids(const Command& command) {
    world_->ids().fails = command.word(0) == "fail";
    return {};
  }
  Lines log(const Command& command) {
    world_->log().push_back(raw_transaction_record(command));
    ++shown_;
    return {};
  }
  Lines loaded(const Command&) {
    const auto& figures = world_->shard().load_figures();
    Lines lines = {fmt::format("{} records, {} skipped", figures.records, figures.skipped)};
    if (figures.skipped > 0) lines.push_back(figures.last_skip);
    return lines;
  }
  Lines timers(const Command&) {
    const auto next = world_->shard().next_deadline();
    const std::size_t count = world_->shard().state().deadlines.size();
    return {next ? fmt::format("{} timers, next in {}", count, *next - world_->now().monotonic_ms) : fmt::format("{} timers", count)};
  }
  /// Takes the id with new producers until its epoch is that.
  Lines bump(const Command& command) {
    while (true) {
      const auto known = known_.find(command.word(0));
      if (known != known_.end() && known->second.epoch == command.number("to", 32766)) break;
      send(*world_, {.verb = "init", .words = {command.word(0)}, .values = {}}, known_);
      lines_of(world_->end_turn());
    }
    shown_ = world_->log().size();
    return {};
  }
  Lines topic(const Command& command) {
    if (command.word(0) == "delete")
      world_->topics().topics.erase(command.word(1));
    else
      world_->topics().topics[command.word(1)] = static_cast<std::int32_t>(command.number("partitions", 1));
    return {};
  }

  std::unique_ptr<TransactionWorld> world_;
  Known known_;
  std::deque<transactions::MarkerOrder> orders_;
  std::size_t shown_ = 0;
  bool in_batch_ = false;
};

}  // namespace

std::unique_ptr<Player> new_transaction_player() { return std::make_unique<TransactionPlayer>(); }

}  // namespace streamline::scenario
