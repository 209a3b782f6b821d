// CreateTopics, Metadata and DeleteTopics for admin.h, each on a connection of its own.
#include "wire_load/admin.h"

#include <array>
#include <chrono>
#include <thread>

#include "common/clock.h"
#include "common/sockets.h"
#include "common/wire.h"

namespace streamline::bench {

namespace {

// The last versions before the flexible ones: the shortest to encode.
constexpr std::int16_t kCreateTopicsKey = 19;
constexpr std::int16_t kCreateTopicsVersion = 4;
constexpr std::int16_t kDeleteTopicsKey = 20;
constexpr std::int16_t kDeleteTopicsVersion = 3;
constexpr std::int16_t kListOffsetsKey = 2;
constexpr std::int16_t kListOffsetsVersion = 1;
constexpr std::int16_t kMetadataKey = 3;
constexpr std::int16_t kMetadataVersion = 4;
constexpr std::int16_t kFindCoordinatorKey = 10;
constexpr std::int16_t kFindCoordinatorVersion = 0;
constexpr std::int32_t kTimeoutMs = 30000;
constexpr std::uint32_t kMaxAnswer = 16 * 1024 * 1024;

/// Sends one request and returns the answer's bytes after the correlation id.
Result<std::vector<std::byte>> ask(const Server& server, const Request& request) {
  auto socket = connect_to(server.host, server.port);
  if (!socket) return fail_with(std::move(socket));
  std::array<std::byte, kRequestHead> head{};
  put_request_head(head.data(), request, 1);
  if (auto sent = write_all(socket->get(), head); !sent) return fail_with(std::move(sent));
  if (auto sent = write_all(socket->get(), request.rest); !sent) return fail_with(std::move(sent));
  std::array<std::byte, 2 * sizeof(std::int32_t)> front{};
  if (auto got = read_exactly(socket->get(), front); !got) return fail_with(std::move(got));
  const auto size = load_be<std::uint32_t>(front.data());
  if (size < sizeof(std::int32_t) || size > kMaxAnswer) return fail(Errc::malformed, "answer of " + std::to_string(size) + " bytes");
  std::vector<std::byte> body(size - sizeof(std::int32_t));
  if (auto got = read_exactly(socket->get(), body); !got) return fail_with(std::move(got));
  return body;
}

void skip_int32_array(Reader& in) { static_cast<void>(in.take(sizeof(std::int32_t) * static_cast<std::size_t>(in.get<std::int32_t>()))); }

/// Whether a Metadata answer for one topic shows a leader for each of its partitions.
bool has_leaders(ByteView body, std::int32_t partitions) {
  Reader in(body);
  static_cast<void>(in.get<std::int32_t>());
  const auto brokers = in.get<std::int32_t>();
  for (std::int32_t i = 0; i < brokers && in.ok(); ++i) {
    static_cast<void>(in.get<std::int32_t>());
    static_cast<void>(in.string());
    static_cast<void>(in.get<std::int32_t>());
    static_cast<void>(in.string());
  }
  static_cast<void>(in.string());  // cluster id
  static_cast<void>(in.get<std::int32_t>());
  if (in.get<std::int32_t>() != 1 || in.get<std::int16_t>() != 0) return false;
  static_cast<void>(in.string());
  static_cast<void>(in.get<std::int8_t>());
  const auto listed = in.get<std::int32_t>();
  for (std::int32_t i = 0; i < listed && in.ok(); ++i) {
    const auto error = in.get<std::int16_t>();
    static_cast<void>(in.get<std::int32_t>());
    const auto leader = in.get<std::int32_t>();
    if (error != 0 || leader < 0) return false;
    skip_int32_array(in);
    skip_int32_array(in);
  }
  return in.ok() && listed == partitions;
}

/// Asks for the end of every partition. A leader may be announced before it serves.
Request encode_list_ends(const std::string& topic, std::int32_t partitions) {
  Writer body;
  body.string("bench").put<std::int32_t>(-1).put<std::int32_t>(1).string(topic).put(partitions);
  for (std::int32_t i = 0; i < partitions; ++i) body.put(i).put<std::int64_t>(-1);
  return {kListOffsetsKey, kListOffsetsVersion, std::move(body.bytes())};
}

bool all_serve(ByteView body) {
  Reader in(body);
  if (in.get<std::int32_t>() != 1) return false;
  static_cast<void>(in.string());
  const auto listed = in.get<std::int32_t>();
  for (std::int32_t i = 0; i < listed && in.ok(); ++i) {
    static_cast<void>(in.get<std::int32_t>());
    if (in.get<std::int16_t>() != 0) return false;
    static_cast<void>(in.take(2 * sizeof(std::int64_t)));  // timestamp, offset
  }
  return in.ok();
}

Status await_leaders(const Server& server, const std::string& topic, std::int32_t partitions) {
  Writer body;
  body.string("bench").put<std::int32_t>(1).string(topic).put<std::int8_t>(0);
  const Request request{kMetadataKey, kMetadataVersion, std::move(body.bytes())};
  const std::int64_t give_up = now_ns() + std::int64_t{kTimeoutMs} * 1'000'000;
  while (now_ns() < give_up) {
    const auto leaders = ask(server, request);
    if (!leaders) return fail(leaders.error().code, leaders.error().text);
    const auto ends = ask(server, encode_list_ends(topic, partitions));
    if (!ends) return fail(ends.error().code, ends.error().text);
    if (has_leaders(*leaders, partitions) && all_serve(*ends)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fail(Errc::timed_out, "no leader serves topic " + topic);
}

}  // namespace

Status create_topic(const Server& server, const std::string& topic, std::int32_t partitions) {
  Writer body;
  body.string("bench").put<std::int32_t>(1).string(topic).put(partitions).put<std::int16_t>(1).put<std::int32_t>(0).put<std::int32_t>(0);
  body.put(kTimeoutMs).put<std::int8_t>(0);
  const auto answer = ask(server, {kCreateTopicsKey, kCreateTopicsVersion, std::move(body.bytes())});
  if (!answer) return fail(answer.error().code, answer.error().text);
  Reader in(*answer);
  static_cast<void>(in.get<std::int32_t>());
  static_cast<void>(in.get<std::int32_t>());
  static_cast<void>(in.string());
  const auto error = in.get<std::int16_t>();
  if (!in.ok() || error != 0) return fail(Errc::conflict, "CreateTopics answered with error code " + std::to_string(error));
  return await_leaders(server, topic, partitions);
}

Status delete_topic(const Server& server, const std::string& topic) {
  Writer body;
  body.string("bench").put<std::int32_t>(1).string(topic).put(kTimeoutMs);
  const auto answer = ask(server, {kDeleteTopicsKey, kDeleteTopicsVersion, std::move(body.bytes())});
  if (!answer) return fail(answer.error().code, answer.error().text);
  Reader in(*answer);
  static_cast<void>(in.get<std::int32_t>());
  static_cast<void>(in.get<std::int32_t>());
  static_cast<void>(in.string());
  const auto error = in.get<std::int16_t>();
  if (!in.ok() || error != 0) return fail(Errc::conflict, "DeleteTopics answered with error code " + std::to_string(error));
  return {};
}

Status await_group(const Server& server, const std::string& group, const Request& commit) {
  Writer asked;
  asked.string("bench").string(group);
  const Request find{kFindCoordinatorKey, kFindCoordinatorVersion, std::move(asked.bytes())};
  const std::int64_t give_up = now_ns() + std::int64_t{kTimeoutMs} * 1'000'000;
  while (now_ns() < give_up) {
    const auto found = ask(server, find);
    if (!found) return fail(found.error().code, found.error().text);
    const auto committed = ask(server, commit);
    if (!committed) return fail(committed.error().code, committed.error().text);
    // The parser expects the correlation id too.
    std::vector<std::byte> body(sizeof(std::int32_t));
    body.insert(body.end(), committed->begin(), committed->end());
    if (const auto answer = read_commit_answer(body); answer && answer->error == 0) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fail(Errc::timed_out, "no coordinator serves group " + group);
}

}  // namespace streamline::bench
