// Script commands as requests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/script.h"
#include "scenario/transactions/transaction_world.h"

namespace streamline::scenario {

/// What clients were told that they are, by name.
using Known = std::map<std::string, transactions::Producer, std::less<>>;

/// The producer that the command's client claims to be: the one it knows, but for `pid=` and `epoch=`.
transactions::Producer claimed(const Command& command, const Known& known);
/// Sends an init, offsets, commit or abort; the answer comes from the world.
void send(TransactionWorld& world, const Command& command, const Known& known);
/// "a added t/0:NONE".
std::string added(TransactionWorld& world, const Command& command, const Known& known);
/// "a t/0 NONE": an implicit addition, or only a look.
std::string judged(TransactionWorld& world, const Command& command, const Known& known);
/// "x Ongoing …" for each id, or its error.
std::vector<std::string> described(const TransactionWorld& world, const Command& command);
std::vector<std::string> listed(const TransactionWorld& world, const Command& command);
/// Bytes as key=HEX and value=HEX say; without value it is a tombstone.
TransactionRecord raw_transaction_record(const Command& command);

}  // namespace streamline::scenario
