// Session: what every command shares: the global options, the way to the brokers, and how it speaks to the user.
// Records and answers go to standard output, everything else to standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/cluster.h"
#include "exit_code.h"
#include "output/listing.h"
#include "output/output.h"
#include "output/paint.h"
#include "output/progress.h"

namespace CLI {
class App;
}

namespace streamline::cli {

/// Whether a command talks to brokers; one that does not gets no client.
enum class Brokers : std::uint8_t { needed, unused };

/// What is known of a command beside its words and flags.
struct CommandFacts {
  Shape shape = Shape::listing;
  /// Of its answer.
  std::span<const Column> keys{};
  Brokers brokers = Brokers::needed;
};

struct Session {
  std::string bootstrap;
  /// What brokers are told of us.
  std::string client_id;
  Output output = Output::plain;
  /// Of the command's answer.
  std::span<const Column> keys{};
  /// Of standard output.
  Paint paint = Paint::none;
  /// Whether standard error is a terminal for lines that come and go.
  Drawn progress = Drawn::no;
  /// Becomes readable when the user interrupts.
  int interrupt_fd = -1;
  /// What the parsed command line asks for; set by the command's callback.
  std::function<ExitCode(Session&)> command;
  /// The client of this run; made by main from `bootstrap` before the command starts.
  client::Cluster* cluster = nullptr;
  /// The whole grammar, from which help, completions and manual are printed.
  const CLI::App* grammar = nullptr;
  /// By command.
  std::map<const CLI::App*, CommandFacts> facts{};
};

/// Prints "streamline-cli: …" on standard error; gives the exit code for the error, or `usage`.
ExitCode complain(const Error& error);
ExitCode complain_usage(std::string_view text);
/// How the program's name stands before what goes to standard error, from now on.
void paint_complaints(Paint paint);
/// A line on standard error that is no failure.
void remark(std::string_view text);

/// Writes to standard output, buffered. io when it cannot be written; a closed pipe ends the program silently.
Status print(std::string_view text);
Status flush_output();
/// print() and flush_output() as the last thing a command does.
ExitCode finish(std::string_view text);
/// The answer in the form that was asked for.
ExitCode finish(const Session& session, const Listing& listing);
/// `text` stands for it as a table.
ExitCode finish(const Session& session, const Json& document, std::string_view text);
/// Prints what went well, and gives `so_far` unless printing fails.
ExitCode finish_after(ExitCode so_far, const Session& session, const Listing& listing);

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

}  // namespace streamline::cli
