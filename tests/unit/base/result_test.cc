// Errors as values: names, and what errno becomes.
#include "base/result.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

using namespace streamline;

TEST_CASE("every code has a name of its own") {
  std::set<std::string_view> names;
  int count = 0;
  for (; to_string(static_cast<Errc>(count)) != "unknown"; ++count) names.insert(to_string(static_cast<Errc>(count)));
  CHECK(count == static_cast<int>(Errc::invalid_replica_assignment) + 1);
  CHECK(names.size() == static_cast<std::size_t>(count));
}

TEST_CASE("errno becomes the code that says what can be done about it") {
  struct Row {
    int number;
    Errc code;
  };
  for (const Row& row :
       {Row{ENOENT, Errc::not_found}, Row{EEXIST, Errc::already_exists}, Row{ENOSPC, Errc::no_space}, Row{EDQUOT, Errc::no_space},
        Row{EMFILE, Errc::too_many_files}, Row{ENFILE, Errc::too_many_files}, Row{EACCES, Errc::permission}, Row{EPERM, Errc::permission},
        Row{EROFS, Errc::permission}, Row{EIO, Errc::io}, Row{ECONNRESET, Errc::io}}) {
    CAPTURE(row.number);
    CHECK(fail_errno(row.number, "open x").error().code == row.code);
  }
}

TEST_CASE("an error from errno says what was done and why it failed") {
  CHECK(fail_errno(EACCES, "open /data/lock").error().text == "open /data/lock: Permission denied");
}

TEST_CASE("an error is handed on whole") {
  Result<int> failed = fail(Errc::conflict, "text");
  const Status status = fail_with(std::move(failed));
  REQUIRE_FALSE(status);
  CHECK(status.error().code == Errc::conflict);
  CHECK(status.error().text == "text");
}
