// The course of a rebalance: members are asked to join again, a generation begins when they have or their time is up, the leader
// hands in the assignment, and who never asks for it is removed.
#pragma once

#include <string_view>

#include "groups/classic/classic_group.h"
#include "groups/step.h"

namespace streamline::groups::classic {

/// Why members have to join again, for whoever asks afterwards.
struct Cause {
  std::string_view reason{};
  std::string_view member_id{};
};

// Sessions.

/// The member has until its session timeout to be heard of again.
void restart_session(Step& step, const ClassicGroup& group, const ClassicMember& member);
void end_session(Step& step, const ClassicGroup& group, std::string_view member_id);

// Answers to parked requests.

/// The same answer without anything to assign: `member_id`, and `error`.
void answer_join(Step& step, ParkedCall call, std::string_view member_id, wire::ErrorCode error);
/// What the member needs to know of the present generation; the leader is told all members.
void answer_joined(Step& step, const ClassicGroup& group, const ClassicMember& member, ParkedCall call);
/// The same for a static member that came back to a generation that goes on; `former_leader` is the leader's id before that.
void answer_kept(Step& step, const ClassicGroup& group, const ClassicMember& member, ParkedCall call, std::string_view former_leader);
void answer_sync(Step& step, ParkedCall call, wire::ErrorCode error);
void answer_synced(Step& step, const ClassicGroup& group, const ClassicMember& member, ParkedCall call);
/// Tells whatever the member has parked that it is over.
void answer_parked(Step& step, ClassicGroup& group, ClassicMember& member, wire::ErrorCode error);

// Steps of a rebalance.

/// Begins a rebalance where the state allows, or sees whether the one under way is complete.
void rebalance(Step& step, ClassicGroup& group, const Cause& cause);
/// Ends the join phase when everybody expected has joined.
void complete_join_if_all_joined(Step& step, ClassicGroup& group);
/// Takes the member out, whatever it waits for, and moves the group on.
void remove_member(Step& step, ClassicGroup& group, ClassicMember& member, const Cause& cause);
/// No sync is awaited from this member any more.
void received_sync(Step& step, ClassicGroup& group, std::string_view member_id);

/// After a load: members have their session timeouts to be heard of; a group with more than are allowed has to join again.
void resume(Step& step, ClassicGroup& group);

// Deadlines.

void on_join_deadline(Step& step, ClassicGroup& group);
void on_sync_deadline(Step& step, ClassicGroup& group);
void on_session_end(Step& step, ClassicGroup& group, std::string_view member_id);

}  // namespace streamline::groups::classic
