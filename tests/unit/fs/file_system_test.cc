// One suite for both file systems: what PosixFileSystem promises, MemoryFileSystem keeps too.
#include <unistd.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "fs/memory_file_system.h"
#include "fs/posix_file_system.h"

namespace streamline::fs {
namespace {

struct PosixPlace {
  PosixFileSystem fs;
  std::string root;
  PosixPlace() {
    std::string pattern = std::string(std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp") + "/streamline-fs-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
  }
  ~PosixPlace() { static_cast<void>(fs.remove_all(root)); }
};
struct MemoryPlace {
  MemoryFileSystem fs;
  std::string root = "root";
  MemoryPlace() { REQUIRE(fs.make_directories(root)); }
};
struct PlainMemoryPlace {
  MemoryFileSystem fs{DurabilityTracking::off};
  std::string root = "/root";
  PlainMemoryPlace() { REQUIRE(fs.make_directories(root)); }
};

std::string read_text(FileSystem& fs, const std::string& path) {
  Result<std::vector<std::byte>> bytes = fs.read_file(path);
  REQUIRE(bytes);
  return std::string(as_text(*bytes));
}

std::unique_ptr<File> create(FileSystem& fs, const std::string& path) {
  Result<std::unique_ptr<File>> file = fs.open(path, {.create = true});
  REQUIRE(file);
  return std::move(*file);
}

#define ON_EACH_FILE_SYSTEM(name) TEMPLATE_TEST_CASE(name, "[fs]", PosixPlace, MemoryPlace, PlainMemoryPlace)

ON_EACH_FILE_SYSTEM("gathered pieces are written one after the other") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  const std::array<ByteView, 4> pieces = {as_bytes("one "), as_bytes(""), as_bytes("two "), as_bytes("three")};
  REQUIRE(file->write_at(2, pieces));
  CHECK(read_text(place.fs, place.root + "/a") == std::string("\0\0one two three", 15));
  CHECK(file->size().value() == 15);
}

ON_EACH_FILE_SYSTEM("more pieces than one system call takes arrive whole") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  const std::string numbers = "0123456789";
  std::vector<ByteView> pieces;
  std::string expected;
  for (std::size_t i = 0; i < 3000; ++i) {
    pieces.push_back(as_bytes(std::string_view(numbers).substr(i % 7, 3)));
    expected += numbers.substr(i % 7, 3);
  }
  REQUIRE(file->write_at(0, pieces));
  CHECK(read_text(place.fs, place.root + "/a") == expected);
}

ON_EACH_FILE_SYSTEM("a read is short only at the end") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  const std::string large(200'000, 'x');
  REQUIRE(file->write_at(0, as_bytes(large)));
  std::vector<std::byte> into(150'000);
  CHECK(file->read_at(0, into).value() == 150'000);
  CHECK(file->read_at(100'000, into).value() == 100'000);
  CHECK(file->read_at(200'000, into).value() == 0);
  CHECK(file->read_at(999'999, into).value() == 0);
}

ON_EACH_FILE_SYSTEM("truncate cuts, and what it gains reads as zero") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  REQUIRE(file->write_at(0, as_bytes("abcdef")));
  REQUIRE(file->truncate(2));
  REQUIRE(file->truncate(4));
  CHECK(read_text(place.fs, place.root + "/a") == std::string("ab\0\0", 4));
  REQUIRE(file->truncate(100'000));
  REQUIRE(file->truncate(70'000));
  CHECK(file->size().value() == 70'000);
}

ON_EACH_FILE_SYSTEM("allocating does not change the size") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  REQUIRE(file->allocate(0, 1U << 20U));
  CHECK(file->size().value() == 0);
}

ON_EACH_FILE_SYSTEM("open tells missing, existing and read-only files apart") {
  TestType place;
  CHECK(place.fs.open(place.root + "/none", {}).error().code == Errc::not_found);
  CHECK(place.fs.open(place.root + "/none/a", {.create = true}).error().code == Errc::not_found);
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  CHECK(place.fs.open(place.root + "/a", {.create = true, .exclusive = true}).error().code == Errc::already_exists);
  Result<std::unique_ptr<File>> reader = place.fs.open(place.root + "/a", {.read_only = true});
  REQUIRE(reader);
  CHECK_FALSE((*reader)->write_at(0, as_bytes("x")));
}

ON_EACH_FILE_SYSTEM("names are listed in order") {
  TestType place;
  for (const char* name : {"b", "a", "c"}) REQUIRE(create(place.fs, place.root + "/" + name) != nullptr);
  REQUIRE(place.fs.make_directories(place.root + "/d/e/f"));
  CHECK(place.fs.list(place.root).value() == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(place.fs.list(place.root + "/none").error().code == Errc::not_found);
  CHECK(place.fs.exists(place.root + "/d/e/f"));
}

ON_EACH_FILE_SYSTEM("one level of directories needs its parent") {
  TestType place;
  CHECK(place.fs.make_directory(place.root + "/x/y").error().code == Errc::not_found);
  REQUIRE(place.fs.make_directory(place.root + "/x"));
  REQUIRE(place.fs.make_directory(place.root + "/x"));
  REQUIRE(place.fs.make_directory(place.root + "/x/y"));
}

ON_EACH_FILE_SYSTEM("rename replaces a file, and moves a directory with all in it") {
  TestType place;
  REQUIRE(create(place.fs, place.root + "/a")->write_at(0, as_bytes("A")));
  REQUIRE(create(place.fs, place.root + "/b")->write_at(0, as_bytes("B")));
  REQUIRE(place.fs.rename(place.root + "/a", place.root + "/b"));
  CHECK(read_text(place.fs, place.root + "/b") == "A");
  CHECK_FALSE(place.fs.exists(place.root + "/a"));
  REQUIRE(place.fs.make_directories(place.root + "/d"));
  REQUIRE(create(place.fs, place.root + "/d/x")->write_at(0, as_bytes("X")));
  REQUIRE(place.fs.rename(place.root + "/d", place.root + "/e"));
  CHECK(read_text(place.fs, place.root + "/e/x") == "X");
  CHECK(place.fs.rename(place.root + "/none", place.root + "/y").error().code == Errc::not_found);
}

ON_EACH_FILE_SYSTEM("a removed file stays readable where it is open") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/a");
  REQUIRE(file->write_at(0, as_bytes("abc")));
  REQUIRE(place.fs.remove(place.root + "/a"));
  CHECK_FALSE(place.fs.exists(place.root + "/a"));
  CHECK(place.fs.remove(place.root + "/a").error().code == Errc::not_found);
  std::array<std::byte, 3> into{};
  CHECK(file->read_at(0, into).value() == 3);
}

ON_EACH_FILE_SYSTEM("a tree is removed whole, and removing nothing succeeds") {
  TestType place;
  REQUIRE(place.fs.make_directories(place.root + "/t/u"));
  REQUIRE(create(place.fs, place.root + "/t/u/f") != nullptr);
  CHECK_FALSE(place.fs.remove(place.root + "/t"));
  REQUIRE(place.fs.remove_all(place.root + "/t"));
  CHECK_FALSE(place.fs.exists(place.root + "/t"));
  CHECK(place.fs.remove_all(place.root + "/t"));
}

ON_EACH_FILE_SYSTEM("a lock is held once, and the refusal names the process") {
  TestType place;
  {
    Result<std::unique_ptr<Lock>> held = place.fs.lock(place.root + "/lock");
    REQUIRE(held);
    Result<std::unique_ptr<Lock>> second = place.fs.lock(place.root + "/lock");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::locked);
    CHECK(second.error().text.find(std::to_string(::getpid())) != std::string::npos);
  }
  CHECK(place.fs.lock(place.root + "/lock"));
}

ON_EACH_FILE_SYSTEM("replace_file puts whole contents in place") {
  TestType place;
  REQUIRE(replace_file(place.fs, place.root + "/r", as_bytes("a longer first content")));
  REQUIRE(replace_file(place.fs, place.root + "/r", as_bytes("second")));
  CHECK(read_text(place.fs, place.root + "/r") == "second");
  CHECK(place.fs.list(place.root).value() == std::vector<std::string>{"r"});
}

ON_EACH_FILE_SYSTEM("read_file has a limit") {
  TestType place;
  REQUIRE(create(place.fs, place.root + "/a")->write_at(0, as_bytes("12345")));
  CHECK(place.fs.read_file(place.root + "/a", 5));
  CHECK(place.fs.read_file(place.root + "/a", 4).error().code == Errc::too_large);
}

ON_EACH_FILE_SYSTEM("free bytes are told for a place that exists") {
  TestType place;
  CHECK(place.fs.free_bytes(place.root).value() > 0);
  CHECK_FALSE(place.fs.free_bytes(place.root + "/none"));
}

ON_EACH_FILE_SYSTEM("what was just written is in memory") {
  TestType place;
  const std::unique_ptr<File> file = create(place.fs, place.root + "/f");
  REQUIRE(file->write_at(0, std::vector<std::byte>(1'000'000)));
  CHECK(file->is_cached(0, 1'000'000));
  CHECK(file->is_cached(999'999, 1));
  CHECK(file->is_cached(5, 0));
}

TEST_CASE("a real file has a descriptor, one in memory has none", "[fs]") {
  PosixPlace posix;
  MemoryPlace memory;
  CHECK(create(posix.fs, posix.root + "/a")->descriptor() >= 0);
  CHECK(create(memory.fs, memory.root + "/a")->descriptor() == -1);
}

TEST_CASE("paths are taken apart and put together", "[fs]") {
  CHECK(parent_path("/a/b") == "/a");
  CHECK(parent_path("/a") == "/");
  CHECK(parent_path("a") == ".");
  CHECK(join_path("a", "b") == "a/b");
}

}  // namespace
}  // namespace streamline::fs
