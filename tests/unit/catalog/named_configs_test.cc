// What is set on single groups, and the like: kept over crashes, whole or not at all.
#include "catalog/named_configs.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "fs/memory_file_system.h"

namespace streamline::catalog {

namespace {

const std::string kPath = "data/groups.json";
const std::string kKey = "consumer.session.timeout.ms";

struct Run {
  explicit Run(fs::FileSystem& files) : configs(kGroupConfigs, files, "data"), loaded(configs.load()) {}
  Status set(const std::string& group, const std::string& value) {
    return configs.change(group, [&](const NamedConfig&) -> Result<NamedConfig> { return NamedConfig{{kKey, value}}; });
  }
  Status clear(const std::string& group) {
    return configs.change(group, [](const NamedConfig&) -> Result<NamedConfig> { return NamedConfig(); });
  }
  NamedConfigTable table() const { return *configs.snapshot(); }

  NamedConfigs configs;
  Status loaded;
};

void make_data(fs::FileSystem& files) {
  REQUIRE(files.make_directories("data"));
  REQUIRE(files.sync_directory("."));
}

}  // namespace

TEST_CASE("configs of groups that were answered are there after a power cut, and nothing else") {
  fs::MemoryFileSystem files;
  make_data(files);
  Run run(files);
  REQUIRE(run.loaded);
  NamedConfigTable expected;
  for (int step = 0; step < 20; ++step) {
    const std::string group = "g" + std::to_string(step % 3);
    if (step % 5 == 4) {
      REQUIRE(run.clear(group));
      expected.erase(group);
    } else {
      REQUIRE(run.set(group, std::to_string(45'000 + step)));
      expected[group] = {{kKey, std::to_string(45'000 + step)}};
    }
    CHECK(run.table() == expected);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto after = files.crash_clone(seed);
      Run next(*after);
      CHECK(next.loaded);
      CHECK(next.table() == expected);
    }
  }
}

TEST_CASE("a change that cannot be written leaves what was, in memory and on disk") {
  for (const fs::Operation operation : {fs::Operation::open, fs::Operation::write, fs::Operation::sync, fs::Operation::rename}) {
    fs::MemoryFileSystem files;
    make_data(files);
    Run run(files);
    REQUIRE(run.set("g", "50000"));
    files.fail_next({.operation = operation, .code = Errc::no_space});
    const Status refused = run.set("g", "51000");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::no_space);
    CHECK(run.table() == NamedConfigTable{{"g", {{kKey, "50000"}}}});
    const auto after = files.kill_clone();
    CHECK(Run(*after).table() == run.table());
    REQUIRE(run.set("g", "52000"));
    CHECK(run.table() == NamedConfigTable{{"g", {{kKey, "52000"}}}});
  }
}

TEST_CASE("a file that is none of ours is named, refuses changes and stays as it is") {
  for (const std::string text : {"", "{", "[]", R"({"format":2,"groups":{}})", R"({"format":1})", R"({"format":1,"groups":{"g":5}})",
                                 R"({"format":1,"groups":{"g":{"k":5}}})", R"({"format":1,"groups":{"g":{"k":[[[[[]]]]]}}})"}) {
    fs::MemoryFileSystem files;
    make_data(files);
    REQUIRE(fs::replace_file(files, kPath, as_bytes(text)));
    Run run(files);
    REQUIRE_FALSE(run.loaded);
    CHECK(run.loaded.error().text.starts_with(kPath + ": "));
    CHECK(run.table().empty());
    const Status refused = run.set("g", "50000");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == run.loaded.error().text);
    CHECK(refused.error().code == Errc::io);
    CHECK(as_text(files.read_file(kPath).value()) == text);
  }
}

TEST_CASE("a file that was cut off tells where it ends, at every length") {
  fs::MemoryFileSystem files;
  make_data(files);
  Run whole(files);
  REQUIRE(whole.set("g", "50000"));
  const auto bytes = files.read_file(kPath).value();
  // The last byte ends the line and belongs to no value.
  for (std::size_t size = 0; size + 1 < bytes.size(); ++size) {
    REQUIRE(fs::replace_file(files, kPath, std::span(bytes).first(size)));
    Run run(files);
    REQUIRE_FALSE(run.loaded);
    const std::string place = fmt::format("not a whole JSON object: it goes wrong at byte {} of {}", size, size);
    CHECK(run.loaded.error().text == kPath + ": " + place);
  }
}

TEST_CASE("a name that the file cannot hold, and more than it may hold, are refused") {
  fs::MemoryFileSystem files;
  make_data(files);
  Run run(files);
  CHECK_FALSE(run.set("g\xff", "50000"));
  CHECK(run.set("gr\xc3\xbc\xc3\x9f\n\"", "50000"));
  CHECK_FALSE(run.set("g", std::string(kMaxNamedConfigsBytes, '1')));
  CHECK(run.table().size() == 1);
  const auto after = files.kill_clone();
  CHECK(Run(*after).table() == run.table());
}

TEST_CASE("what is only checked is refused for the same reasons, and nothing is written") {
  fs::MemoryFileSystem files;
  make_data(files);
  Run run(files);
  const auto to = [](const std::string& value) {
    return [value](const NamedConfig&) -> Result<NamedConfig> { return NamedConfig{{kKey, value}}; };
  };
  CHECK(run.configs.check("g", to("50000")));
  CHECK_FALSE(run.configs.check("g\xff", to("50000")));
  CHECK_FALSE(run.configs.check("g", to("5\xff")));
  CHECK(run.table().empty());
  CHECK_FALSE(files.exists(kPath));
}

TEST_CASE("every kind has a file of its own") {
  fs::MemoryFileSystem files;
  make_data(files);
  for (const NamedKind& kind : kNamedKinds) {
    NamedConfigs configs(kind, files, "data");
    REQUIRE(configs.load());
    CHECK(configs.snapshot()->empty());
    REQUIRE(configs.change("", [](const NamedConfig&) -> Result<NamedConfig> { return NamedConfig{{"k", "v"}}; }));
  }
  CHECK(as_text(files.read_file("data/brokers.json").value()) == "{\"brokers\":{\"\":{\"k\":\"v\"}},\"format\":1}\n");
}

TEST_CASE("a change that says no leaves no trace") {
  fs::MemoryFileSystem files;
  make_data(files);
  Run run(files);
  const Status refused =
      run.configs.change("g", [](const NamedConfig&) -> Result<NamedConfig> { return fail(Errc::invalid_config, "no"); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid_config);
  CHECK(run.table().empty());
  CHECK_FALSE(files.exists(kPath));
}

}  // namespace streamline::catalog
