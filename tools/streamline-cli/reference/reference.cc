// The commands completion and reference: scripts for shells, and the manual.
#include <fmt/format.h>

#include <string>

#include "commands.h"
#include "reference/manual.h"
#include "suggestion.h"

namespace streamline::cli {

namespace {

struct CompletionOptions {
  std::string shell;
};
struct ReferenceOptions {
  std::string form;
};

// The scripts ask the program itself for what may come next, so they never grow old.
// clang-format off
constexpr std::string_view kBash = R"sh(# bash completion of streamline-cli: put it into /etc/bash_completion.d, or source it.
_streamline_cli() {
  local IFS=$'\n' current="${COMP_WORDS[COMP_CWORD]}"
  local found
  found="$("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)"
  if [ "$found" = ":files" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$found" -- "$current"))
  fi
}
complete -F _streamline_cli streamline-cli
)sh";
constexpr std::string_view kZsh = R"sh(#compdef streamline-cli
# zsh completion of streamline-cli: put it as _streamline-cli into a folder of $fpath.
_streamline_cli() {
  local -a found
  found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null | sed 's/:/\\:/g; s/\t/:/')}")
  if [[ "${found[1]}" == "\\:files" ]]; then
    _files
  else
    _describe 'streamline-cli' found
  fi
}
compdef _streamline_cli streamline-cli
)sh";
constexpr std::string_view kFish = R"sh(# fish completion of streamline-cli: put it into ~/.config/fish/completions/streamline-cli.fish.
function __streamline_cli
  set -l found (streamline-cli __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test "$found" = ":files"
    __fish_complete_path (commandline -ct)
  else
    string join \n -- $found
  end
end
complete -c streamline-cli -f -a '(__streamline_cli)'
)sh";
// clang-format on

ExitCode completion(Session&, const CompletionOptions& options) {
  if (options.shell == "bash") return finish(kBash);
  if (options.shell == "zsh") return finish(kZsh);
  if (options.shell == "fish") return finish(kFish);
  return complain_usage(
      fmt::format("unknown shell '{}'{}; choose bash, zsh or fish", options.shell, suggestion(options.shell, {"bash", "zsh", "fish"})));
}

ExitCode reference(Session& session, const ReferenceOptions& options) {
  if (options.form == "markdown") return finish(markdown_manual(session));
  if (options.form == "man") return finish(man_page(session));
  return complain_usage(fmt::format("unknown form '{}'; choose markdown or man", options.form));
}

}  // namespace

void add_completion(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<CompletionOptions>(app, session,
                                                                 {"completion",
                                                                  "Print a script that completes commands, flags, topics and groups",
                                                                  {.shape = Shape::text, .brokers = Brokers::unused}},
                                                                 completion);
  command->add_option("shell", options->shell, "bash, zsh or fish")->required();
  command->footer(
      "Examples:\n  source <(streamline-cli completion bash)\n  streamline-cli completion zsh > ~/.zfunc/_streamline-cli\n"
      "  streamline-cli completion fish > ~/.config/fish/completions/streamline-cli.fish");
}

void add_reference(CLI::App& app, Session& session) {
  const auto [command, options] = add_command<ReferenceOptions>(
      app, session, {"reference", "Print the manual of all commands", {.shape = Shape::text, .brokers = Brokers::unused}}, reference);
  command->add_option("form", options->form, "markdown or man")->required();
  command->footer("Examples:\n  streamline-cli reference man > streamline-cli.1\n  streamline-cli reference markdown > commands.md");
}

}  // namespace streamline::cli
