// RE2 is known to this file only.
#include "transactions/listing.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include "wire/error_code.h"

namespace streamline::transactions {

using wire::ErrorCode;

namespace {

/// Memory that one pattern may take; a larger one is refused as if it were malformed.
constexpr long kMaxPatternBytes = 256L * 1024;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternBytes);
  return options;
}

/// An empty pattern is none.
bool has_pattern(const wire::ListTransactionsRequest& request) { return !request.transactional_id_pattern.value_or("").empty(); }

bool passes(const Transaction& transaction, const wire::ListTransactionsRequest& request, std::int64_t wall_ms) {
  const auto& states = request.state_filters;
  if (!states.empty() && std::find(states.begin(), states.end(), name_of(transaction.state)) == states.end()) return false;
  const auto& producers = request.producer_id_filters;
  if (!producers.empty() && std::find(producers.begin(), producers.end(), transaction.producer.id.value) == producers.end()) return false;
  // What never began has been there for ever, as in Kafka.
  return request.duration_filter < 0 || wall_ms - std::max<std::int64_t>(transaction.start_ms, 0) >= request.duration_filter;
}

}  // namespace

DescribedTransaction describe(const ShardState& state, std::string_view id, Arena& arena) {
  DescribedTransaction told{.transactional_id = id};
  const Entry* entry = state.find(id);
  if (entry == nullptr) {
    told.error_code = static_cast<std::int16_t>(id.empty() ? ErrorCode::invalid_request : ErrorCode::transactional_id_not_found);
    return told;
  }
  const Transaction& transaction = entry->transaction;
  told.transaction_state = name_of(transaction.state);
  told.transaction_timeout_ms = transaction.timeout_ms;
  told.transaction_start_time_ms = transaction.start_ms;
  told.producer_id = transaction.producer.id.value;
  told.producer_epoch = transaction.producer.epoch;
  const auto topics = transaction.partitions.topics();
  told.topics = arena.make_array<wire::DescribeTransactionsResponse::TopicData>(topics.size());
  for (std::size_t i = 0; i < topics.size(); ++i) {
    told.topics[i].topic = arena.copy(topics[i].topic);
    told.topics[i].partitions = arena.make_array<std::int32_t>(topics[i].partitions.size());
    std::copy(topics[i].partitions.begin(), topics[i].partitions.end(), told.topics[i].partitions.begin());
  }
  return told;
}

std::vector<ListedTransaction> list(const ShardState& state, const wire::ListTransactionsRequest& request, std::int64_t wall_ms,
                                    Arena& arena) {
  std::optional<RE2> pattern;
  if (has_pattern(request)) pattern.emplace(piece(*request.transactional_id_pattern), pattern_options());
  std::vector<ListedTransaction> listed;
  if (pattern && !pattern->ok()) return listed;
  for (const auto& [id, entry] : state.entries) {
    if (!passes(entry.transaction, request, wall_ms)) continue;
    if (pattern && !RE2::FullMatch(piece(id), *pattern)) continue;
    listed.push_back({.transactional_id = arena.copy(id),
                      .producer_id = entry.transaction.producer.id.value,
                      .transaction_state = name_of(entry.transaction.state)});
  }
  return listed;
}

wire::ListTransactionsResponse judge_filters(const wire::ListTransactionsRequest& request, Arena& arena) {
  wire::ListTransactionsResponse response;
  const auto is_unknown = [](std::string_view name) { return !state_named(name); };
  const auto unknown = static_cast<std::size_t>(std::count_if(request.state_filters.begin(), request.state_filters.end(), is_unknown));
  response.unknown_state_filters = arena.make_array<std::string_view>(unknown);
  std::copy_if(request.state_filters.begin(), request.state_filters.end(), response.unknown_state_filters.begin(), is_unknown);
  if (!has_pattern(request)) return response;
  const RE2 pattern(piece(*request.transactional_id_pattern), pattern_options());
  if (!pattern.ok()) response.error_code = static_cast<std::int16_t>(ErrorCode::invalid_regular_expression);
  return response;
}

}  // namespace streamline::transactions
