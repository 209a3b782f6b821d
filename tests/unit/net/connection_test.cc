// Frames in, responses out: order, splits, limits and ends of one connection.
#include "net/connection.h"

#include "unit/net/loopback.h"

namespace streamline::net {
namespace {

using Frames = std::vector<std::string>;

TEST_CASE("rule 1: pipelined requests are answered in order though completed out of order") {
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("a") + frame_of("bb") + frame_of("ccc"));
  loop.until([&] { return loop.handler.parked.size() == 3; });
  reply(loop.handler.parked[2].slot, "third");
  loop.settle();
  CHECK(client->frames().empty());
  reply(loop.handler.parked[0].slot, "first");
  loop.until([&] { return client->frames().size() == 1; });
  reply(loop.handler.parked[1].slot, "second");
  loop.until([&] { return client->frames().size() == 3; });
  CHECK(client->frames() == Frames{"first", "second", "third"});
}

TEST_CASE("a response that took too long is told with the first two bytes of its request") {
  using Slow = std::vector<std::pair<std::uint16_t, std::int64_t>>;
  Loop loop({.slow_request_ms = 100});
  auto client = loop.connect();
  client->send(frame_of(std::string("\0\3 slow", 7)) + frame_of("quick") + frame_of("x"));
  loop.until([&] { return loop.handler.parked.size() == 3; });
  loop.clock.advance_ms(99);
  loop.settle();
  reply(loop.handler.parked[1].slot, "b");
  CHECK(loop.handler.slow.empty());
  loop.clock.advance_ms(1);
  loop.settle();
  reply(loop.handler.parked[0].slot, "a");
  CHECK(loop.handler.slow == Slow{{3, 100}});
  reply(loop.handler.parked[2].slot, "c");
  CHECK(loop.handler.slow.back() == Slow::value_type{0, 100});
}

TEST_CASE("a frame cut at any byte arrives whole, with what follows it") {
  const std::string stream = frame_of("hello") + frame_of("x") + frame_of("a longer third frame");
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    Loop loop;
    auto client = loop.connect();
    client->send(stream.substr(0, cut));
    loop.until([&] { return loop.reactor->counters().bytes_in.value() == cut; });
    client->send(stream.substr(cut));
    loop.until([&] { return loop.handler.parked.size() == 3; });
    REQUIRE(loop.handler.parked[0].body == "hello");
    REQUIRE(loop.handler.parked[1].body == "x");
    REQUIRE(loop.handler.parked[2].body == "a longer third frame");
  }
}

TEST_CASE("frames that come byte by byte arrive whole") {
  Loop loop;
  loop.handler.answer = echo;
  auto client = loop.connect();
  const std::string stream = frame_of("one") + frame_of("two") + frame_of(std::string(600, 'x'));
  for (std::size_t i = 0; i < stream.size(); ++i) {
    client->send(stream.substr(i, 1));
    loop.until([&] { return loop.reactor->counters().bytes_in.value() == i + 1; });
  }
  loop.until([&] { return client->frames().size() == 3; });
  CHECK(client->frames() == Frames{"one", "two", std::string(600, 'x')});
  CHECK(loop.set->bytes_in_flight() == 0);
}

TEST_CASE("frames larger than the landing buffer arrive whole, between small ones") {
  Loop loop({.landing_bytes = 64 * 1024});
  auto client = loop.connect();
  std::string body(3'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 251);
  const std::string stream = frame_of("before") + frame_of(body) + frame_of("after") + frame_of(body) + frame_of("end");
  std::size_t sent = 0;
  loop.until([&] {
    const ssize_t count = client->send_some(std::string_view(stream).substr(sent));
    sent += static_cast<std::size_t>(count);
    return loop.handler.parked.size() == 5;
  });
  CHECK(loop.handler.parked[0].body == "before");
  CHECK((loop.handler.parked[1].body == body));
  CHECK(loop.handler.parked[2].body == "after");
  CHECK((loop.handler.parked[3].body == body));
  CHECK(loop.handler.parked[4].body == "end");
  loop.settle();
  CHECK(loop.set->bytes_in_flight() == 0);
}

// Keeps the frames of a turn and looks at them again when the turn ends.
class FrameChecker : public TurnHook {
 public:
  void on_turn_end(TurnPhase) override {
    for (const auto& [view, copy] : frames) REQUIRE((as_text(view) == copy));
    frames.clear();
  }
  std::vector<std::pair<MutableBytes, std::string>> frames;
};

TEST_CASE("a frame's bytes stay until the turn's end, also when the landing buffer runs short in it") {
  Loop loop({.landing_bytes = 32 * 1024});
  FrameChecker checker;
  loop.reactor->add_hook(TurnPhase::work, checker);
  std::size_t seen = 0;
  loop.handler.answer = [&](Connection& connection, MutableBytes frame, Slot slot) {
    checker.frames.emplace_back(frame, std::string(as_text(frame)));
    ++seen;
    connection.complete_silently(slot);
  };
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(loop.connect());
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i]->send(frame_of(std::string(9'000 + i * 777, static_cast<char>('a' + i))) + frame_of("tail"));
    }
    const std::size_t wanted = static_cast<std::size_t>(round + 1) * clients.size() * 2;
    loop.until([&] { return seen == wanted; });
  }
  loop.reactor->remove_hook(checker);
}

TEST_CASE("rule 13.15: a wrong frame length closes that connection only") {
  ConnectionLimits limits{.max_request_bytes = 1000};
  Loop loop(limits);
  loop.handler.answer = echo;
  auto good = loop.connect();
  const std::vector<std::string> wrong = {
      std::string("\x00\x00\x03\xe9", 4),
      std::string(4, '\0'),
      std::string("\xff\xff\xff\xff", 4),
      std::string("\x80\x00\x00\x00", 4),
      "GET / HTTP/1.1\r\nHost: broker\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9),
      "SSH-2.0-x",
      std::string("\x7f\xff\xff\xff garbage", 12),
  };
  for (const std::string& bytes : wrong) {
    auto bad = loop.connect();
    bad->send(bytes);
    loop.until([&] { return bad->is_closed(); });
  }
  CHECK(loop.reactor->counters().refused_frames.value() == wrong.size());
  good->send(frame_of(std::string(1000, 'x')));  // exactly the limit is allowed
  loop.until([&] { return good->frames().size() == 1; });
}

TEST_CASE("a wrong length behind good frames lets these be handled, and one cut by the packet is noticed too") {
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("good") + std::string("\xff\xff", 2));
  loop.until([&] { return loop.handler.parked.size() == 1; });
  CHECK(loop.handler.closed == 0);
  client->send(std::string("\xff\xff", 2));
  loop.until([&] { return loop.handler.closed == 1; });
  CHECK(loop.handler.parked[0].slot.connection() == nullptr);
}

TEST_CASE("rule 88: a connection that the client closes is gone with its parked requests, and a late reply is harmless") {
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("parked"));
  loop.until([&] { return loop.handler.parked.size() == 1; });
  const Slot slot = loop.handler.parked[0].slot;
  REQUIRE(slot.connection() == &loop.connection());
  client->close();
  loop.until([&] { return loop.handler.closed == 1; });
  CHECK(slot.connection() == nullptr);
  auto next = loop.connect();  // takes the same place in the table
  next->send(frame_of("mine"));
  loop.until([&] { return loop.handler.parked.size() == 2; });
  CHECK(slot.connection() == nullptr);
  CHECK(loop.handler.parked[1].slot.connection() == &loop.connection());
}

TEST_CASE("a request without response leaves no gap in the order") {
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("1") + frame_of("2") + frame_of("3"));
  loop.until([&] { return loop.handler.parked.size() == 3; });
  reply(loop.handler.parked[2].slot, "three");
  loop.connection().complete_silently(loop.handler.parked[1].slot);
  reply(loop.handler.parked[0].slot, "one");
  loop.until([&] { return client->frames().size() == 2; });
  CHECK(client->frames() == Frames{"one", "three"});
}

TEST_CASE("close_after sends the response and those before it, then closes and reads no further request") {
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("1") + frame_of("2"));
  loop.until([&] { return loop.handler.parked.size() == 2; });
  Connection& connection = loop.connection();
  const Slot last = loop.handler.parked[1].slot;
  connection.response(last).append(as_bytes("bye"));
  connection.close_after(last);
  client->send(frame_of("3"));
  loop.settle();
  CHECK(loop.handler.closed == 0);
  CHECK(loop.handler.parked.size() == 2);
  reply(loop.handler.parked[0].slot, "one");
  loop.until([&] { return loop.handler.closed == 1; });
  loop.until([&] { return client->is_closed(); });
  CHECK(client->frames() == Frames{"one", "bye"});
}

TEST_CASE("close() from within on_frame drops what follows and is told once") {
  Loop loop;
  int frames = 0;
  loop.handler.answer = [&](Connection& connection, MutableBytes, Slot) {
    ++frames;
    connection.close("test");
    connection.close("test");
    CHECK(connection.is_closed());
  };
  auto client = loop.connect();
  client->send(frame_of("1") + frame_of("2"));
  loop.until([&] { return client->is_closed(); });
  CHECK(frames == 1);
  CHECK(loop.handler.closed == 1);
  CHECK(loop.set->size() == 0);
}

TEST_CASE("at the limit of requests in flight nothing more is handled until one is answered") {
  Loop loop({.max_in_flight_requests = 3});
  auto client = loop.connect();
  std::string stream;
  for (int i = 0; i < 10; ++i) stream += frame_of(std::to_string(i));
  client->send(stream + frame_of("cut").substr(0, 5));
  loop.settle();
  REQUIRE(loop.handler.parked.size() == 3);
  client->send(frame_of("cut").substr(5));
  loop.settle();
  REQUIRE(loop.handler.parked.size() == 3);
  for (std::size_t i = 0; i < 10; ++i) {
    reply(loop.handler.parked[i].slot, loop.handler.parked[i].body);
    const std::size_t wanted = std::min<std::size_t>(i + 4, 11);
    loop.until([&] { return loop.handler.parked.size() == wanted; });
    loop.settle();
    REQUIRE(loop.handler.parked.size() == wanted);
  }
  CHECK(loop.handler.parked[10].body == "cut");
  loop.settle();
  CHECK(client->frames() == Frames{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("a slow reader is not read from while its responses wait, and loses none of them") {
  constexpr std::size_t kLimit = 64 * 1024;
  constexpr std::size_t kResponse = 40 * 1024;
  constexpr std::size_t kRequests = 700;  // 28 MB: more than the kernel's buffers hold
  Loop loop({.max_queued_bytes = kLimit});
  std::size_t largest = 0;
  std::size_t handled = 0;
  loop.handler.answer = [&](Connection& connection, MutableBytes, Slot slot) {
    connection.response(slot).append(as_bytes(std::string(kResponse, static_cast<char>('a' + handled % 26))));
    connection.complete(slot);
    ++handled;
    largest = std::max(largest, connection.queued_bytes());
  };
  auto client = loop.connect();
  std::string stream;
  for (std::size_t i = 0; i < kRequests; ++i) stream += frame_of("give");
  client->send(stream);
  loop.settle();
  CHECK(handled < kRequests);
  CHECK(loop.set->bytes_in_flight() > 0);
  loop.until([&] {
    client->receive();
    return client->received().size() == kRequests * (kResponse + 4);
  });
  const Frames frames = client->frames();
  REQUIRE(frames.size() == kRequests);
  for (std::size_t i = 0; i < kRequests; ++i) REQUIRE((frames[i] == std::string(kResponse, static_cast<char>('a' + i % 26))));
  CHECK(largest < kLimit + kResponse + 64);
  CHECK(loop.connection().queued_bytes() == 0);
  CHECK(loop.set->bytes_in_flight() == 0);
}

TEST_CASE("frames beyond the reactor's memory limit wait their turn and all arrive") {
  constexpr std::size_t kBody = 300'000;
  Loop loop({.max_reactor_bytes = 700'000, .landing_bytes = 64 * 1024});
  loop.handler.answer = [](Connection& connection, MutableBytes frame, Slot slot) {
    connection.response(slot).append(frame.first(1));
    connection.complete(slot);
  };
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::string> streams;
  std::vector<std::size_t> sent(6, 0);
  std::size_t most = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    clients.push_back(loop.connect());
    streams.push_back(frame_of(std::string(kBody, static_cast<char>('a' + i))));
  }
  // Everybody begins first, so that they hold memory at the same time.
  for (std::size_t i = 0; i < 6; ++i) sent[i] = static_cast<std::size_t>(clients[i]->send_some(streams[i].substr(0, 10'000)));
  loop.settle();
  std::size_t done = 0;
  loop.until([&] {
    done = 0;
    for (std::size_t i = 0; i < 6; ++i) {
      sent[i] += static_cast<std::size_t>(clients[i]->send_some(std::string_view(streams[i]).substr(sent[i])));
      done += clients[i]->frames().size();
    }
    most = std::max(most, loop.set->bytes_in_flight());
    return done == 6;
  });
  CHECK(most < 700'000 + 6 * 64 * 1024);
  for (std::size_t i = 0; i < 6; ++i) CHECK(clients[i]->frames() == Frames{std::string(1, static_cast<char>('a' + i))});
  CHECK(loop.set->bytes_in_flight() == 0);
}

TEST_CASE("one frame above the reactor's memory limit still gets through alone") {
  Loop loop({.max_reactor_bytes = 1000});
  auto client = loop.connect();
  const std::string stream = frame_of(std::string(200'000, 'x'));
  std::size_t sent = 0;
  loop.until([&] {
    sent += static_cast<std::size_t>(client->send_some(std::string_view(stream).substr(sent)));
    return loop.handler.parked.size() == 1;
  });
  CHECK(loop.handler.parked[0].body.size() == 200'000);
}

TEST_CASE("rule 14: the answers of a muted connection leave, and what it sends waits until its time is over") {
  Loop loop({.idle_timeout_ms = 1000});
  loop.handler.answer = [](Connection& connection, MutableBytes frame, Slot slot) {
    const std::string body(as_text(frame));
    if (body == "mute") connection.mute(2000);
    if (body == "mute") connection.mute(1);  // does not cut it short
    reply(slot, body);
  };
  auto client = loop.connect();
  client->send(frame_of("a") + frame_of("mute") + frame_of("b") + frame_of("c").substr(0, 4));
  loop.until([&] { return client->frames().size() == 2; });
  client->send(frame_of("c").substr(4) + frame_of("d"));
  loop.clock.advance_ms(1999);
  loop.settle();
  CHECK(client->frames() == std::vector<std::string>{"a", "mute"});
  CHECK(loop.handler.closed == 0);  // it is not idle
  loop.clock.advance_ms(1);
  loop.until([&] { return client->frames().size() == 5; });
  CHECK(client->frames() == std::vector<std::string>{"a", "mute", "b", "c", "d"});
}

TEST_CASE("rule 14: a muted connection may be closed by either side") {
  Loop loop({.idle_timeout_ms = 1000});
  loop.handler.answer = [](Connection& connection, MutableBytes, Slot slot) {
    connection.mute(60'000);
    reply(slot, "x");
  };
  auto first = loop.connect();
  first->send(frame_of("mute"));
  loop.until([&] { return first->frames().size() == 1; });
  loop.connection().close("test");
  loop.settle();
  CHECK(loop.handler.closed == 1);
  loop.clock.advance_ms(60'000);
  loop.settle();
}

TEST_CASE("rule 14: what a muted peer sent before it left is handled, and its connection does not outlast it") {
  Loop loop({.idle_timeout_ms = 1000});
  std::vector<std::string> handled;
  loop.handler.answer = [&](Connection& connection, MutableBytes frame, Slot slot) {
    handled.emplace_back(as_text(frame));
    connection.mute(3'600'000);
    reply(slot, "x");
  };
  auto client = loop.connect();
  client->send(frame_of("a") + frame_of("b"));
  loop.until([&] { return client->frames().size() == 1; });
  client->send(frame_of("c"));
  client.reset();
  loop.until([&] { return loop.handler.closed == 1; });
  CHECK(handled == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("rule 15: an idle connection is closed after its time, and a byte in between counts") {
  Loop loop({.idle_timeout_ms = 1000});
  auto client = loop.connect();
  loop.clock.advance_ms(900);
  client->send(frame_of("x").substr(0, 2));  // half a prefix keeps it only as long as any byte does
  loop.until([&] { return loop.reactor->counters().bytes_in.value() == 2; });
  loop.clock.advance_ms(900);
  loop.settle();
  CHECK(loop.handler.closed == 0);
  loop.clock.advance_ms(100);
  loop.settle();
  CHECK(loop.handler.closed == 1);
  CHECK(loop.reactor->counters().closed_idle.value() == 1);
}

TEST_CASE("rule 15: a connection is not idle while a response is due") {
  Loop loop({.idle_timeout_ms = 1000});
  auto client = loop.connect();
  client->send(frame_of("long poll"));
  loop.until([&] { return loop.handler.parked.size() == 1; });
  loop.clock.advance_ms(5000);
  loop.settle();
  CHECK(loop.handler.closed == 0);
  reply(loop.handler.parked[0].slot, "late");
  loop.until([&] { return client->frames().size() == 1; });
  loop.clock.advance_ms(999);
  loop.settle();
  CHECK(loop.handler.closed == 0);
  loop.clock.advance_ms(1001);
  loop.settle();
  CHECK(loop.handler.closed == 1);
}

TEST_CASE("a reader that takes nothing of its responses is closed as idle") {
  Loop loop({.max_queued_bytes = 1000, .idle_timeout_ms = 1000});
  loop.handler.answer = [](Connection& connection, MutableBytes, Slot slot) {
    connection.response(slot).extend(16'000'000);
    connection.complete(slot);
  };
  auto client = loop.connect();
  client->send(frame_of("give"));
  loop.until([&] { return loop.connection().queued_bytes() > 0; });
  loop.settle();
  loop.clock.advance_ms(2001);
  loop.settle();
  CHECK(loop.handler.closed == 1);
}

TEST_CASE("draining answers what is in flight, reads nothing more and closes quiet connections at once") {
  Loop loop;
  auto busy = loop.connect();
  auto quiet = loop.connect();
  busy->send(frame_of("in flight"));
  loop.until([&] { return loop.handler.parked.size() == 1; });
  loop.set->drain();
  loop.until([&] { return quiet->is_closed(); });
  busy->send(frame_of("too late"));
  loop.settle();
  CHECK(loop.set->size() == 1);
  reply(loop.handler.parked[0].slot, "answer");
  loop.until([&] { return loop.set->size() == 0; });
  loop.until([&] { return busy->is_closed(); });
  CHECK(busy->frames() == Frames{"answer"});
  CHECK(loop.handler.parked.size() == 1);
}

TEST_CASE("a connection knows its addresses, listener and the room above's data") {
  Loop loop;
  auto client = loop.connect();
  Connection& connection = loop.connection();
  int mine = 0;
  connection.set_user_data(&mine);
  CHECK(connection.user_data() == &mine);
  CHECK(connection.local_address() == loop.listener->address());
  CHECK(connection.peer_address() == Address::local_of(client->number()));
  CHECK(connection.listener_name() == "TEST");
  const std::uint64_t id = connection.id();
  auto other = loop.connect();
  CHECK(loop.connection().id() != id);
}

}  // namespace
}  // namespace streamline::net
