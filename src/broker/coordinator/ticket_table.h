// TicketTable: the requests of one reactor whose answers the coordinators' shards still owe, by ticket. A ticket names its reactor, so
// that whoever comes by an answer knows where it belongs. Belongs to its reactor's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "coordinator/call.h"
#include "net/frame_handler.h"
#include "wire/error_code.h"

namespace streamline::broker {

/// Somebody of this reactor who waits until something is durable, as requests do.
class Asker {
 public:
  virtual ~Asker() = default;
  /// Once. Not none: it never will be.
  virtual void on_durable(wire::ErrorCode failure) = 0;
};

/// One request that waits.
struct OwedAnswer {
  net::Slot slot{};
  std::int32_t correlation_id = 0;
  /// Answers that have to arrive before it leaves: one per shard that it looked at (see Reading).
  std::uint32_t parts = 1;
  /// Why one of the parts failed.
  wire::ErrorCode failure = wire::ErrorCode::none;
  /// The whole answer, where the parts bring none.
  std::vector<std::byte> body{};
  /// Who waits, where no request does.
  std::unique_ptr<Asker> asker{};
};

class TicketTable {
 public:
  explicit TicketTable(int reactor_index) : reactor_index_(static_cast<std::uint64_t>(reactor_index)) {}

  coordinator::Ticket open(net::Slot slot, std::int32_t correlation_id);
  coordinator::Ticket open(std::unique_ptr<Asker> asker);
  /// A ticket that was opened here and is not closed.
  OwedAnswer& at(coordinator::Ticket ticket) { return place(ticket).owed; }
  /// Every ticket is closed once, when its answer leaves or its operation was not run.
  void close(coordinator::Ticket ticket);
  /// Tickets that are open.
  std::size_t size() const { return places_.size() - free_.size(); }
  void clear();

  static int reactor_of(coordinator::Ticket ticket) { return static_cast<int>(ticket.value >> kReactorShift); }

 private:
  // Reactor, then how often the place was used, then the place: no ticket comes twice.
  static constexpr int kPlaceBits = 24;
  static constexpr int kReactorShift = 58;
  struct Place {
    OwedAnswer owed;
    std::uint64_t uses = 0;
  };
  Place& place(coordinator::Ticket ticket);
  coordinator::Ticket take_place();

  const std::uint64_t reactor_index_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
};

}  // namespace streamline::broker
