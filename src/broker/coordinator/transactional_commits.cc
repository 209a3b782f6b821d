// The way of one commit: asked for, then written, or refused.
#include "broker/coordinator/transactional_commits.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker.h"
#include "broker/coordinator/desk.h"
#include "broker/coordinator/group_coordinators.h"
#include "broker/shard.h"
#include "broker/transaction_verifier.h"
#include "broker/wire_error.h"

namespace streamline::broker {

using Message = wire::TxnOffsetCommitRequest;
using Response = wire::TxnOffsetCommitResponse;
using wire::ErrorCode;

namespace {

/// The version of Produce whose clients understand and expect the same of their transaction's coordinator.
std::int16_t produce_version_like(std::int16_t version) {
  constexpr std::int16_t kAddsPartitions = 5;
  constexpr std::int16_t kKnowsAbortable = 4;
  if (version >= kAddsPartitions) return 12;
  return version >= kKnowsAbortable ? 11 : 10;
}

}  // namespace

Response refused_commit(const Message& message, ErrorCode error, Arena& arena) {
  Response response;
  response.topics = arena.make_array<Response::TxnOffsetCommitResponseTopic>(message.topics.size());
  for (std::size_t t = 0; t < message.topics.size(); ++t) {
    const auto& asked = message.topics[t];
    auto& answered = response.topics[t];
    answered.name = asked.name;
    answered.partitions = arena.make_array<Response::TxnOffsetCommitResponsePartition>(asked.partitions.size());
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      answered.partitions[p] = {.partition_index = asked.partitions[p].partition_index, .error_code = static_cast<std::int16_t>(error)};
    }
  }
  return response;
}

/// One request, while its transaction's coordinator is asked.
class TransactionalCommits::Op final : public VerificationWaiter {
 public:
  Op(TransactionalCommits& owner, const Request& request, const Message& message, GroupPartition& partition)
      : owner_(owner),
        partition_(partition),
        client_id_(request.header().client_id.value_or(std::string_view{})),
        client_host_("/" + request.client_host()),
        body_(request.body().begin(), request.body().end()),
        writer_{.id = ProducerId(message.producer_id), .epoch = message.producer_epoch} {
    call_ = {.ticket = owner.shard_.desk().take_in(request),
             .api = static_cast<wire::ApiKey>(request.header().api_key),
             .version = request.version(),
             .client_id = client_id_,
             .client_host = client_host_};
  }

  /// Ends this.
  void start(std::string_view transactional_id) {
    TransactionVerifier* verifier = owner_.shard_.broker().transaction_verifier();
    if (verifier == nullptr) return on_verified(ErrorCode::coordinator_not_available, {});
    auto guard = partition_.transaction_guard(writer_);
    if (!guard) return on_verified(wire_error(guard.error().code), {});
    guard_ = *guard;
    if (!guard_) return on_verified(ErrorCode::none, {});
    const VerificationRequest question{.transactional_id = transactional_id,
                                       .producer_id = writer_.id,
                                       .producer_epoch = writer_.epoch,
                                       .topic = kGroupsTopic,
                                       .partition = partition_.index(),
                                       .produce_version = produce_version_like(call_.version)};
    verifier->verify(owner_.shard_, question, *this);
  }

  void on_verified(ErrorCode error, std::string_view) override {
    Arena arena;
    wire::Reader in(body_);
    // It did decode when it came.
    const auto message = Message::decode(in, call_.version, arena);
    if (error == ErrorCode::none) {
      error = commit(*message);
    } else if (guard_) {
      partition_.release_guard(writer_, *guard_);
    }
    if (error != ErrorCode::none) {
      // What Produce is to try again with another replica, a group's client tries again here.
      const Response refused = refused_commit(*message, coordinator::coordinator_error(error), arena);
      owner_.shard_.desk().reply(coordinator::encoded_answer(call_, refused));
    }
    owner_.ops_.erase(place);
  }

  std::list<Op>::iterator place{};  // in ops_

 private:
  /// None: the group answers.
  ErrorCode commit(const Message& message) {
    Desk& desk = owner_.shard_.desk();
    std::optional<Errc> refused;
    const Access access = partition_.run_in_transaction(desk.now(), writer_, guard_, refused,
                                                        [&](groups::GroupShard& shard, coordinator::Now now, groups::Effects& effects) {
                                                          shard.commit_offsets_in_transaction(message, call_, now, effects);
                                                        });
    if (access != Access::ran) return desk.refusal(partition_, access);
    if (refused) return wire_error(*refused);
    desk.touch(partition_);
    return ErrorCode::none;
  }

  TransactionalCommits& owner_;
  GroupPartition& partition_;
  const std::string client_id_;
  const std::string client_host_;
  const std::vector<std::byte> body_;
  const coordinator::TransactionalWriter writer_;
  coordinator::Call call_;
  std::optional<storage::TransactionGuard> guard_;
};

TransactionalCommits::TransactionalCommits(Shard& shard) : shard_(shard) {}

TransactionalCommits::~TransactionalCommits() = default;

void TransactionalCommits::begin(const Request& request, const Message& message, GroupPartition& partition) {
  Op& op = ops_.emplace_back(*this, request, message, partition);
  op.place = std::prev(ops_.end());
  op.start(message.transactional_id);
}

void TransactionalCommits::shut_down() { ops_.clear(); }

}  // namespace streamline::broker
