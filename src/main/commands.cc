// Which command it is, and those that look at a data directory.
#include "main/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "async/clock.h"
#include "base/log.h"
#include "fs/posix_file_system.h"
#include "inspect/check.h"
#include "inspect/dump.h"
#include "main/config_command.h"
#include "main/exit_code.h"
#include "main/health_command.h"
#include "main/parser.h"

namespace streamline::main_program {
namespace {

using inspect::Format;
using inspect::Line;

constexpr const char* kCheckFooter =
    R"(Reads every batch, index and small file while no broker uses the directory. Each finding is a line: a note is something that the next
start mends by itself without losing a record, an error is a record that is damaged or missing or a file that the broker refuses.

Exit codes: 0 nothing found, 1 notes only, 65 errors, 64 usage or no such directory, 66 a broker uses it, 74 it cannot be read, 77 no right to.
With --repair the code still says what was found; a second check says what is left.

Examples:
  streamline check /var/lib/streamline
  streamline check /var/lib/streamline --topic orders -o json
  streamline check /var/lib/streamline --repair)";

constexpr const char* kDumpFooter =
    R"(FILE is a .segment, .index, .producers, epochs, manifest, producer-ids or .json file of a data directory, what was set aside in
damaged/, a Kafka .log file, or a partition's directory: then all its segments. A running broker is not disturbed.
Records of __consumer_offsets, __transaction_state and __share_group_state are shown by their schemas.

Exit codes: 0 the file is whole, 65 something in it is torn or damaged (a line says what), 64 usage or no such file,
74 it cannot be read, 77 no right to.

Examples:
  streamline dump data/topics/orders/partition-0/00000000000000000000.segment
  streamline dump data/topics/orders/partition-0 --values --from 1000 --to 1010
  streamline dump data/manifest -o json)";

int exit_with(ExitCode code) { return static_cast<int>(code); }

int exit_with(const Error& error) {
  std::fprintf(stderr, "streamline: %s\n", error.text.c_str());
  switch (error.code) {
    case Errc::locked: return exit_with(ExitCode::locked);
    case Errc::permission: return exit_with(ExitCode::permission);
    case Errc::unsupported:
    case Errc::not_found: return exit_with(ExitCode::usage);
    default: return exit_with(ExitCode::io);
  }
}

/// Standard output; a full disk there is an error of the run.
class Output final : public inspect::LineSink {
 public:
  void put(const Line& line) override {
    const std::string text = line.finish();
    failed_ = std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || failed_;
  }
  bool flush() { return std::fflush(stdout) == 0 && !failed_; }

 private:
  bool failed_ = false;
};

/// Findings as they come; progress only where somebody watches a terminal, and from the first second on.
class CheckOutput final : public inspect::CheckObserver {
 public:
  CheckOutput(Format format, Output& out) : format_(format), out_(out), started_ms_(clock_.monotonic_ms()), told_ms_(started_ms_) {}

  void found(const inspect::Finding& finding) override { out_.put(to_line(finding, format_)); }
  void mended(const std::string& file, const std::string& text) override {
    out_.put(Line(format_, "mended").word("file", file).word("text", text));
  }
  void advanced(const inspect::CheckProgress& progress) override {
    const std::int64_t now_ms = clock_.monotonic_ms();
    if (::isatty(STDERR_FILENO) == 0 || now_ms - told_ms_ < 1000) return;
    told_ms_ = now_ms;
    constexpr double kMiB = 1024.0 * 1024.0;
    const double done = static_cast<double>(progress.bytes_done) / kMiB;
    std::fprintf(stderr, "\rchecked %.0f of %.0f MiB, %.0f MiB/s ", done, static_cast<double>(progress.bytes_total) / kMiB,
                 done * 1000.0 / static_cast<double>(now_ms - started_ms_));
    shown_ = true;
  }
  void summarise(const inspect::CheckSummary& summary) {
    if (shown_) std::fputc('\n', stderr);
    const auto count = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
    out_.put(Line(format_, "summary")
                 .number("topics", count(summary.topics))
                 .number("partitions", count(summary.partitions))
                 .number("segments", count(summary.segments))
                 .number("batches", count(summary.batches))
                 .number("records", count(summary.records))
                 .number("bytes", count(summary.bytes))
                 .number("notes", count(summary.notes))
                 .number("errors", count(summary.errors))
                 .number("files_set_aside", count(summary.files_aside))
                 .number("ms", clock_.monotonic_ms() - started_ms_));
  }

 private:
  const Format format_;
  Output& out_;
  SystemClock clock_;
  const std::int64_t started_ms_;
  std::int64_t told_ms_;
  bool shown_ = false;
};

void add_format(CLI::App& app, Format& format) {
  const auto set = [&format](const std::string& name) { format = name == "json" ? Format::json : Format::text; };
  app.add_option_function<std::string>("-o,--output", set, "text or json, one object per line [text]")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
}

int run_check(int argc, char** argv) {
  CLI::App app("Verifies a data directory.", "streamline check");
  inspect::CheckOptions options;
  Format format = Format::text;
  bool repair = false;
  app.add_option("DATA_DIR", options.data_directory, "the directory that the broker's --data-dir names")->required();
  app.add_option("--topic", options.topic, "only this topic")->type_name("NAME");
  app.add_flag("--repair", repair, "set damaged bytes aside under DATA_DIR/damaged, make anew what can be made");
  add_format(app, format);
  app.footer(kCheckFooter);
  if (const auto end = run_parser(app, argc, argv)) return *end;
  // What recovery logs is told as findings.
  log::set_level(log::Level::error);
  options.repair = repair ? inspect::Repair::yes : inspect::Repair::no;
  options.now = {SystemClock().wall_ms()};
  fs::PosixFileSystem files;
  Output out;
  CheckOutput told(format, out);
  const Result<inspect::CheckSummary> summary = inspect::check(files, options, told);
  if (!summary) return exit_with(summary.error());
  told.summarise(*summary);
  if (!out.flush()) return exit_with(Error{Errc::io, "standard output cannot be written"});
  if (summary->errors > 0) return exit_with(ExitCode::damaged);
  return exit_with(summary->notes > 0 ? ExitCode::notes : ExitCode::ok);
}

int run_dump(int argc, char** argv) {
  CLI::App app("Shows files of a data directory.", "streamline dump");
  inspect::DumpOptions options;
  std::vector<std::string> paths;
  bool values = false;
  std::int64_t from = 0;
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  app.add_option("FILE", paths, "what to show; may be repeated")->required();
  app.add_flag("--values", values, "show the records too: keys, values, headers");
  app.add_option("--from", from, "only from this offset on")->type_name("OFFSET");
  app.add_option("--to", to, "only below this offset")->type_name("OFFSET");
  app.add_option("--topic", options.topic, "show records by this topic's schemas [the topic in the path]")->type_name("NAME");
  add_format(app, options.format);
  app.footer(kDumpFooter);
  if (const auto end = run_parser(app, argc, argv)) return *end;
  options.show = values ? inspect::Show::records : inspect::Show::batches;
  options.from = Offset(from);
  options.to = Offset(to);
  fs::PosixFileSystem files;
  Output out;
  ExitCode code = ExitCode::ok;
  for (const std::string& path : paths) {
    const Result<inspect::DumpOutcome> outcome = inspect::dump(files, path, options, out);
    if (!outcome) return out.flush() ? exit_with(outcome.error()) : exit_with(ExitCode::io);
    if (outcome->state == inspect::DumpOutcome::State::damaged) code = ExitCode::damaged;
  }
  return out.flush() ? exit_with(code) : exit_with(Error{Errc::io, "standard output cannot be written"});
}

}  // namespace

std::optional<int> run_command(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "check") return run_check(argc - 1, argv + 1);
  if (first == "dump") return run_dump(argc - 1, argv + 1);
  if (first == "config") return run_config(argc - 1, argv + 1);
  if (first == "health") return run_health(argc - 1, argv + 1);
  return std::nullopt;
}

}  // namespace streamline::main_program
