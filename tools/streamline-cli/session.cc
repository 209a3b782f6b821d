// Standard output and standard error.
#include "session.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

#include "output/document.h"

namespace streamline::cli {

namespace {

// Standard error is the process's, and so is what it looks like: who complains need not know.
Paint complaint_paint = Paint::none;

void write_line(Tone tone, std::string_view text) {
  const std::string line = fmt::format("{} {}\n", painted("streamline-cli:", tone, complaint_paint), text);
  // Where standard error cannot be written there is nobody left to tell.
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

}  // namespace

ExitCode complain(const Error& error) {
  write_line(Tone::bad, error.text);
  return exit_code_of(error.code);
}

ExitCode complain_usage(std::string_view text) {
  write_line(Tone::bad, text);
  return ExitCode::usage;
}

void paint_complaints(Paint paint) { complaint_paint = paint; }

void remark(std::string_view text) { write_line(Tone::heading, text); }

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return fail_errno(errno, "write to standard output");
}

Status flush_output() {
  if (std::fflush(stdout) == 0) return {};
  return fail_errno(errno, "write to standard output");
}

ExitCode finish(std::string_view text) {
  auto printed = print(text);
  if (printed) printed = flush_output();
  return printed ? ExitCode::ok : complain(printed.error());
}

ExitCode finish(const Session& session, const Listing& listing) { return finish(listing.text(session.output, session.paint)); }

ExitCode finish(const Session& session, const Json& document, std::string_view text) {
  if (session.output == Output::json) return finish(json_text(document));
  if (session.output == Output::yaml) return finish(yaml_text(document));
  if (session.output == Output::csv) return finish(document_csv(document, session.keys));
  if (session.output == Output::name) return finish(document_names(document, session.keys));
  return finish(text);
}

ExitCode finish_after(ExitCode so_far, const Session& session, const Listing& listing) {
  if (listing.empty() && so_far != ExitCode::ok) return so_far;
  const ExitCode printed = finish(session, listing);
  return printed == ExitCode::ok ? so_far : printed;
}

std::int64_t wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace streamline::cli
