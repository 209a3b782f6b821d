// shell: commands without the program's name before each, with history and completion. Every line runs as a process of its own, so that
// it behaves as it does anywhere else.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "shell/line_editor.h"
#include "shell/shell_words.h"

namespace streamline::cli {

namespace {

constexpr const char* kProgram = "/proc/self/exe";
constexpr const char* kName = "streamline-cli";
constexpr std::string_view kFiles = ":files";
constexpr int kSignalled = 128;

struct ShellOptions {};

/// What a process of ours gets: its words, and descriptors in place of its own; -1 leaves one as it is.
struct Call {
  std::vector<std::string> words;
  int input = -1;
  int output = -1;
};

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void put(int descriptor, int as) {
    if (descriptor >= 0) ::posix_spawn_file_actions_adddup2(&actions_, descriptor, as);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  /// The program begins with the usual answer to control-C.
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

Result<pid_t> start(Call call) {
  std::vector<char*> arguments;
  std::string name = kName;
  arguments.push_back(name.data());
  for (std::string& word : call.words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  FileActions actions;
  actions.put(call.input, STDIN_FILENO);
  actions.put(call.output, STDOUT_FILENO);
  const Attributes attributes;
  pid_t child = -1;
  const int error = ::posix_spawn(&child, kProgram, actions.get(), attributes.get(), arguments.data(), ::environ);
  if (error != 0) return fail_errno(error, "start the command");
  return child;
}

Result<int> end_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail_errno(errno, "wait for the command");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

Result<int> run(Call call) {
  const auto child = start(std::move(call));
  return child ? end_of(*child) : Result<int>(std::unexpected(child.error()));
}

/// What the program itself would offer a shell for these words.
std::vector<std::string> offered(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  Call call{.words = {"__complete"}, .output = ends[1]};
  call.words.insert(call.words.end(), words.begin(), words.end());
  const auto child = start(std::move(call));
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; child && (got = ::read(ends[0], part.data(), part.size())) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (child) static_cast<void>(end_of(*child));
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    found.push_back(text.substr(at, std::min(text.find('\t', at), end) - at));
    at = end + 1;
  }
  return found;
}

std::vector<std::string> files_at(const std::string& typed) {
  const std::filesystem::path path(typed);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::vector<std::string> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = path.has_parent_path() ? folder / entry->path().filename() : entry->path().filename();
    std::error_code unknown;
    found.push_back(name.string() + (entry->is_directory(unknown) ? "/" : ""));
  }
  return found;
}

Completion complete(std::string_view line) {
  const std::vector<std::string> words = words_so_far(line);
  Completion completion{.typed = words.back(), .candidates = offered(words)};
  if (completion.candidates == std::vector<std::string>{std::string(kFiles)}) completion.candidates = files_at(completion.typed);
  if (words.size() == 1) completion.candidates.insert(completion.candidates.end(), {"exit", "help"});
  return completion;
}

/// $XDG_STATE_HOME/streamline/cli_history, else below ~/.local/state; empty where there is no home or no folder.
std::string history_path() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  std::filesystem::path state = variable("XDG_STATE_HOME");
  if (state.empty() && !variable("HOME").empty()) state = variable("HOME") / ".local/state";
  if (state.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(state / "streamline", error);
  return error ? std::string() : (state / "streamline" / "cli_history").string();
}

/// Global flags of the shell hold for its commands, unless they have their own.
void hand_down(const Session& session) {
  constexpr std::array<std::pair<const char*, const char*>, 7> kVariables = {{{"--bootstrap", "STREAMLINE_BOOTSTRAP"},
                                                                              {"--output", "STREAMLINE_OUTPUT"},
                                                                              {"--profile", "STREAMLINE_PROFILE"},
                                                                              {"--client-id", "STREAMLINE_CLIENT_ID"},
                                                                              {"--request-timeout", "STREAMLINE_REQUEST_TIMEOUT"},
                                                                              {"--color", "STREAMLINE_COLOR"},
                                                                              {"--no-progress", "STREAMLINE_NO_PROGRESS"}}};
  for (const auto& [flag, variable] : kVariables) {
    const CLI::Option* option = session.grammar->get_option(flag);
    if (option->count() > 0) ::setenv(variable, option->as<std::string>().c_str(), 1);
  }
}

enum class Next { go_on, leave };

/// Runs what a line says; `code` becomes its exit code.
Next follow(const std::vector<std::string>& words, int input, int& code) {
  if (words.empty()) return Next::go_on;
  if (words.front() == "exit" || words.front() == "quit") return Next::leave;
  Call call{.words = words, .input = input};
  if (words.front() == "help") {
    call.words.erase(call.words.begin());
    call.words.emplace_back("--help");
  }
  const auto ended = run(std::move(call));
  code = ended ? *ended : static_cast<int>(complain(ended.error()));
  return Next::go_on;
}

ExitCode run_terminal() {
  LineEditor editor("streamline> ", history_path(), complete);
  bool is_kept = true;
  while (auto line = editor.read()) {
    const auto words = shell_words(*line);
    if (!words) {
      complain_usage(words.error().text);
      continue;
    }
    if (words->empty()) continue;
    if (const Status kept = editor.remember(*line); !kept && std::exchange(is_kept, false)) remark(kept.error().text);
    int ignored = 0;
    if (follow(*words, -1, ignored) == Next::leave) return ExitCode::ok;
  }
  return finish("\n");
}

/// Lines of a file or a pipe, up to the first that fails.
ExitCode run_script() {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) return complain(Error{Errc::io, "cannot open /dev/null"});
  std::size_t number = 0;
  int code = 0;
  for (std::string line; code == 0 && std::getline(std::cin, line);) {
    ++number;
    const auto words = shell_words(line);
    if (!words) return complain_usage(fmt::format("line {}: {}", number, words.error().text));
    if (follow(*words, nothing, code) == Next::leave) break;
  }
  if (code != 0) remark(fmt::format("line {} ended with {}; nothing behind it was done", number, code));
  return static_cast<ExitCode>(code);
}

ExitCode run_shell(Session& session, const ShellOptions&) {
  hand_down(session);
  // Control-C ends what runs, not the shell.
  struct sigaction stay{};
  stay.sa_handler = [](int) {};
  if (::sigaction(SIGINT, &stay, nullptr) != 0) return complain(Error{Errc::io, "cannot watch SIGINT"});
  const bool is_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  return is_terminal ? run_terminal() : run_script();
}

}  // namespace

void add_shell(CLI::App& app, Session& session) {
  auto [command, options] = add_command<ShellOptions>(
      app, session, {"shell", "Commands one after the other, with history and completion", {.brokers = Brokers::unused}}, run_shell);
  static_cast<void>(options);
  command->footer(
      "On a terminal: tab completes, ^R searches, ^C gives the line up, ^D or exit leaves. Flags given here hold for every line.\n"
      "Otherwise the lines of standard input are carried out up to the first that fails, whose exit code is the shell's.\n"
      "Quotes are '…' and \"…\"; # begins a comment.\n\n"
      "Examples:\n  streamline-cli shell\n  streamline-cli -b broker:9092 shell < commands.txt");
}

}  // namespace streamline::cli
