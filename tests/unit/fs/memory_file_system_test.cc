// What only MemoryFileSystem does: power loss, kills, faults, a full disk.
#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fs/memory_content.h"
#include "fs/memory_file_system.h"

namespace streamline::fs {
namespace {

constexpr std::uint64_t kSeeds = 200;

std::unique_ptr<File> create(FileSystem& fs, const std::string& path) {
  Result<std::unique_ptr<File>> file = fs.open(path, {.create = true});
  REQUIRE(file);
  return std::move(*file);
}
std::string text_of(FileSystem& fs, const std::string& path) {
  Result<std::vector<std::byte>> bytes = fs.read_file(path);
  return bytes ? std::string(as_text(*bytes)) : "(none)";
}
std::set<std::string> outcomes(const MemoryFileSystem& fs, const std::string& path) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) seen.insert(text_of(*fs.crash_clone(seed), path));
  return seen;
}

TEST_CASE("a synced file in a synced directory survives every power loss", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  REQUIRE(file->write_at(0, as_bytes("kept")));
  REQUIRE(file->sync());
  REQUIRE(fs.sync_directory("."));
  CHECK(outcomes(fs, "a") == std::set<std::string>{"kept"});
}

TEST_CASE("a file whose name was not synced may be gone, content or not", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  REQUIRE(file->write_at(0, as_bytes("kept")));
  REQUIRE(file->sync());
  CHECK(outcomes(fs, "a") == std::set<std::string>{"(none)", "kept"});
}

TEST_CASE("an unsynced write is there, absent, or zero where only the size survived", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  REQUIRE(fs.sync_directory("."));
  REQUIRE(file->write_at(0, as_bytes("new")));
  CHECK(outcomes(fs, "a") == std::set<std::string>{"", "new", std::string(3, '\0')});
}

TEST_CASE("an unsynced write tears at sector borders only", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  REQUIRE(file->write_at(0, as_bytes(std::string(2048, 'o'))));
  REQUIRE(file->sync());
  REQUIRE(fs.sync_directory("."));
  REQUIRE(file->write_at(0, as_bytes(std::string(2048, 'n'))));
  bool torn = false;
  for (const std::string& text : outcomes(fs, "a")) {
    REQUIRE(text.size() == 2048);
    for (std::size_t sector = 0; sector < 4; ++sector) {
      const std::string part = text.substr(sector * 512, 512);
      CHECK((part == std::string(512, 'o') || part == std::string(512, 'n')));
    }
    torn = torn || (text.find('o') != std::string::npos && text.find('n') != std::string::npos);
  }
  CHECK(torn);
}

TEST_CASE("an unsynced truncation may be undone by a power loss", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  REQUIRE(file->write_at(0, as_bytes("abcdef")));
  REQUIRE(file->sync());
  REQUIRE(fs.sync_directory("."));
  REQUIRE(file->truncate(3));
  CHECK(outcomes(fs, "a") == std::set<std::string>{"abc", "abcdef"});
}

TEST_CASE("a rename survives whole or not at all", "[fs]") {
  MemoryFileSystem fs;
  REQUIRE(replace_file(fs, "x", as_bytes("old")));
  const std::unique_ptr<File> file = create(fs, "x.new");
  REQUIRE(file->write_at(0, as_bytes("new")));
  REQUIRE(file->sync());
  REQUIRE(fs.rename("x.new", "x"));
  CHECK(outcomes(fs, "x") == std::set<std::string>{"new", "old"});
}

TEST_CASE("replace_file leaves the old content or the new when any of its steps fails and the power goes", "[fs]") {
  for (const Operation operation : {Operation::open, Operation::write, Operation::sync, Operation::rename, Operation::sync_directory}) {
    MemoryFileSystem fs;
    REQUIRE(replace_file(fs, "x", as_bytes("old")));
    fs.fail_next({.operation = operation, .bytes_written = 1});
    CHECK_FALSE(replace_file(fs, "x", as_bytes("new")));
    for (const std::string& text : outcomes(fs, "x")) CHECK((text == "old" || text == "new"));
    REQUIRE(replace_file(fs, "x", as_bytes("newer")));
    CHECK(outcomes(fs, "x") == std::set<std::string>{"newer"});
  }
}

TEST_CASE("the same seed gives the same clone", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  for (std::uint64_t i = 0; i < 20; ++i) REQUIRE(file->write_at(i * 700, as_bytes(std::string(900, static_cast<char>('a' + i)))));
  for (std::uint64_t seed = 0; seed < 20; ++seed) CHECK(text_of(*fs.crash_clone(seed), "a") == text_of(*fs.crash_clone(seed), "a"));
}

TEST_CASE("a killed process leaves everything written, and its lock is gone", "[fs]") {
  MemoryFileSystem fs;
  const Result<std::unique_ptr<Lock>> lock = fs.lock("lock");
  REQUIRE(lock);
  REQUIRE(create(fs, "a")->write_at(0, as_bytes("written")));
  const std::unique_ptr<MemoryFileSystem> clone = fs.kill_clone();
  CHECK(text_of(*clone, "a") == "written");
  CHECK(clone->lock("lock"));
  REQUIRE(create(*clone, "a")->write_at(0, as_bytes("changed")));
  CHECK(text_of(fs, "a") == "written");
  CHECK(outcomes(*clone, "a").contains("(none)"));
}

TEST_CASE("a failing write leaves the front that it was told to", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "dir-a");
  fs.fail_next({.operation = Operation::write, .path_part = "a", .code = Errc::io, .count = 1, .skip = 1, .bytes_written = 2});
  REQUIRE(file->write_at(0, as_bytes("abc")));
  CHECK(file->write_at(3, as_bytes("def")).error().code == Errc::io);
  CHECK(text_of(fs, "dir-a") == "abcde");
  CHECK(file->write_at(3, as_bytes("def")));
}

TEST_CASE("faults hit only their paths, and can be taken back", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> a = create(fs, "a");
  const std::unique_ptr<File> b = create(fs, "b");
  fs.fail_next({.operation = Operation::sync, .path_part = "a", .count = 5});
  CHECK(b->sync());
  CHECK_FALSE(a->sync());
  fs.clear_faults();
  CHECK(a->sync());
}

TEST_CASE("a full disk takes what fits, and has room again after a delete", "[fs]") {
  MemoryFileSystem fs;
  const std::unique_ptr<File> file = create(fs, "a");
  fs.set_free_bytes(4);
  CHECK(file->write_at(0, as_bytes("abcdef")).error().code == Errc::no_space);
  CHECK(text_of(fs, "a") == "abcd");
  CHECK(fs.free_bytes(".").value() == 0);
  REQUIRE(fs.remove("a"));
  CHECK(fs.free_bytes(".").value() == 4);
}

TEST_CASE("content keeps its bytes over chunk borders", "[fs]") {
  MemoryContent content;
  const std::string text = "0123456789abcdef";
  std::string expected;
  for (std::size_t i = 0; i < 9000; ++i) {
    content.write(expected.size(), as_bytes(text));
    expected += text;
  }
  content.resize(70'000);
  content.resize(140'000);
  expected.resize(70'000);
  expected.resize(140'000);
  std::string read(200'000, 'x');
  read.resize(content.read(0, std::as_writable_bytes(std::span(read))));
  CHECK(read == expected);
}

}  // namespace
}  // namespace streamline::fs
