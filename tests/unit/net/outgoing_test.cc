// Responses with runs of files: gathered, by sendfile, from memory, and when the file fails.
#include "net/outgoing.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fs/file.h"
#include "net/outgoing_pool.h"
#include "unit/net/loopback.h"

namespace streamline::net {
namespace {

enum class Backing { descriptor, memory };

// A file of known content, with or without a descriptor.
class FixedFile final : public fs::File {
 public:
  FixedFile(std::string content, Backing backing) : content_(std::move(content)) {
    if (backing == Backing::memory) return;
    descriptor_ = Descriptor(::memfd_create("run", MFD_CLOEXEC));
    REQUIRE(::write(descriptor_.number(), content_.data(), content_.size()) == static_cast<ssize_t>(content_.size()));
  }
  Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override {
    ++reads;
    if (broken) return fail(Errc::io, "broken");
    if (position >= content_.size()) return std::size_t{0};
    const std::size_t count = std::min(into.size(), content_.size() - static_cast<std::size_t>(position));
    std::memcpy(into.data(), content_.data() + position, count);
    return count;
  }
  Status write_at(std::uint64_t, std::span<const ByteView>) override { return fail(Errc::unsupported, "fixed"); }
  Status sync() override { return {}; }
  Status truncate(std::uint64_t size) override {
    REQUIRE(::ftruncate(descriptor_.number(), static_cast<off_t>(size)) == 0);
    return {};
  }
  Status allocate(std::uint64_t, std::uint64_t) override { return {}; }
  Result<std::uint64_t> size() const override { return content_.size(); }
  bool is_cached(std::uint64_t, std::uint64_t) const override { return true; }
  int descriptor() const override { return descriptor_.number(); }

  mutable int reads = 0;
  bool broken = false;

 private:
  std::string content_;
  Descriptor descriptor_;
};

std::string counted(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

TEST_CASE("bytes and runs leave in the order they were put in, whatever their size and source") {
  const Backing backing = GENERATE(Backing::descriptor, Backing::memory);
  const std::string content = counted(1'000'000);
  const auto file = std::make_shared<FixedFile>(content, backing);
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("fetch") + frame_of("next"));
  loop.until([&] { return loop.handler.parked.size() == 2; });
  Connection& connection = loop.connection();
  Outgoing& response = connection.response(loop.handler.parked[0].slot);
  std::string expected;
  for (std::uint32_t length : {1U, 8191U, 8192U, 0U, 300'000U, 40U, 65'536U}) {
    response.append(as_bytes("[" + std::to_string(length) + ":"));
    REQUIRE(response.splice({file, 1000, length}).has_value());
    expected += "[" + std::to_string(length) + ":" + content.substr(1000, length);
  }
  response.append(as_bytes("]"));
  expected += "]";
  REQUIRE(response.size() == expected.size());
  connection.complete(loop.handler.parked[0].slot);
  reply(loop.handler.parked[1].slot, "after");
  loop.until([&] { return client->frames().size() == 2; });
  CHECK((client->frames()[0] == expected));
  CHECK(client->frames()[1] == "after");
  CHECK((loop.reactor->counters().sendfiles.value() > 0) == (backing == Backing::descriptor));
}

TEST_CASE("runs may be spliced into bytes that were written before") {
  const std::string content = counted(100'000);
  const auto file = std::make_shared<FixedFile>(content, Backing::descriptor);
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("fetch"));
  loop.until([&] { return loop.handler.parked.size() == 1; });
  Outgoing& response = loop.connection().response(loop.handler.parked[0].slot);
  response.append(as_bytes("abcdef"));
  REQUIRE(response.splice_at(0, {file, 5, 10}).has_value());
  REQUIRE(response.splice_at(2, {file, 0, 50'000}).has_value());
  REQUIRE(response.splice_at(2, {file, 7, 100}).has_value());
  REQUIRE(response.splice_at(5, {file, 9, 3}).has_value());
  REQUIRE(response.splice_at(6, {file, 1, 4}).has_value());
  loop.connection().complete(loop.handler.parked[0].slot);
  loop.until([&] { return client->frames().size() == 1; });
  const std::string expected = content.substr(5, 10) + "ab" + content.substr(0, 50'000) + content.substr(7, 100) + "cde" +
                               content.substr(9, 3) + "f" + content.substr(1, 4);
  CHECK((client->frames()[0] == expected));
}

TEST_CASE("a run that cannot be read fails at once and leaves the response as it was") {
  const auto file = std::make_shared<FixedFile>("short", Backing::memory);
  Outgoing response;
  response.append(as_bytes("x"));
  CHECK(response.splice({file, 0, 6}).error().code == Errc::io);
  CHECK(response.size() == 1);
  file->broken = true;
  CHECK(response.splice_at(0, {file, 0, 2}).error().code == Errc::io);
  CHECK(response.size() == 1);
  CHECK(as_text(response.bytes()) == "x");
}

TEST_CASE("a file that became shorter than its promised run closes the connection, not the loop") {
  const auto file = std::make_shared<FixedFile>(counted(50'000), Backing::descriptor);
  Loop loop;
  auto client = loop.connect();
  client->send(frame_of("fetch"));
  loop.until([&] { return loop.handler.parked.size() == 1; });
  REQUIRE(loop.connection().response(loop.handler.parked[0].slot).splice({file, 0, 50'000}).has_value());
  REQUIRE(file->truncate(20'000).has_value());
  loop.connection().complete(loop.handler.parked[0].slot);
  loop.until([&] { return loop.handler.closed == 1; });
  CHECK(client->frames().empty());
}

TEST_CASE("many responses with runs come out whole through a full socket") {
  const std::string content = counted(400'000);
  const auto file = std::make_shared<FixedFile>(content, Backing::descriptor);
  Loop loop;
  loop.handler.answer = [&](Connection& connection, MutableBytes frame, Slot slot) {
    Outgoing& response = connection.response(slot);
    response.append(frame);
    REQUIRE(response.splice({file, 0, 100'000}).has_value());
    response.append(as_bytes("|"));
    REQUIRE(response.splice({file, 200'000, 100'000}).has_value());
    connection.complete(slot);
  };
  auto client = loop.connect();
  std::string stream;
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    stream += frame_of(std::to_string(i));
    expected.push_back(std::to_string(i) + content.substr(0, 100'000) + "|" + content.substr(200'000, 100'000));
  }
  client->send(stream);
  loop.settle();  // the client takes nothing yet, so the socket fills
  loop.until([&] { return client->frames().size() == expected.size(); });
  CHECK((client->frames() == expected));
}

TEST_CASE("patching earlier bytes and clearing work on the part in memory") {
  Outgoing response;
  response.append(as_bytes("0000rest"));
  store_be(response.bytes().data(), std::int32_t{0x41424344});
  CHECK(as_text(response.bytes()) == "ABCDrest");
  response.clear();
  CHECK(response.size() == 0);
}

TEST_CASE("the pool keeps responses up to its bytes and hands them out empty") {
  OutgoingPool pool(10'000);
  auto small = pool.take();
  small->append(as_bytes(std::string(100, 'x')));
  auto large = pool.take();
  large->append(as_bytes(std::string(20'000, 'x')));
  pool.give_back(std::move(large));
  CHECK(pool.bytes_kept() == 0);
  Outgoing* kept = small.get();
  pool.give_back(std::move(small));
  CHECK(pool.bytes_kept() > 0);
  auto again = pool.take();
  CHECK(again.get() == kept);
  CHECK(again->size() == 0);
}

}  // namespace
}  // namespace streamline::net
