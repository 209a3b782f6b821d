// Places for requests that wait, used again and again.
#include "broker/coordinator/ticket_table.h"

#include <utility>

#include "base/assert.h"

namespace streamline::broker {

namespace {
constexpr std::uint64_t kUsesMask = (std::uint64_t{1} << 34) - 1;
}  // namespace

coordinator::Ticket TicketTable::take_place() {
  if (free_.empty()) {
    // Each waits in a slot of its connection, and those are bounded.
    SL_ASSERT(places_.size() < std::size_t{1} << kPlaceBits);
    free_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  return coordinator::Ticket(reactor_index_ << kReactorShift | (places_[index].uses & kUsesMask) << kPlaceBits | index);
}

coordinator::Ticket TicketTable::open(net::Slot slot, std::int32_t correlation_id) {
  const coordinator::Ticket ticket = take_place();
  OwedAnswer& owed = at(ticket);
  owed.slot = slot;
  owed.correlation_id = correlation_id;
  return ticket;
}

coordinator::Ticket TicketTable::open(std::unique_ptr<Asker> asker) {
  const coordinator::Ticket ticket = take_place();
  at(ticket).asker = std::move(asker);
  return ticket;
}

TicketTable::Place& TicketTable::place(coordinator::Ticket ticket) {
  Place& place = places_[ticket.value & ((std::uint64_t{1} << kPlaceBits) - 1)];
  SL_ASSERT((ticket.value >> kPlaceBits & kUsesMask) == (place.uses & kUsesMask));
  return place;
}

void TicketTable::close(coordinator::Ticket ticket) {
  Place& closed = place(ticket);
  ++closed.uses;
  closed.owed = {};
  free_.push_back(static_cast<std::uint32_t>(&closed - places_.data()));
}

void TicketTable::clear() {
  places_.clear();
  free_.clear();
}

}  // namespace streamline::broker
