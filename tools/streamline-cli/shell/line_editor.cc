// libedit's C interface: its callbacks find the editor by the client data.
#include "shell/line_editor.h"

#include <fmt/format.h>
#include <histedit.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "shell/shell_words.h"

namespace streamline::cli {

namespace {

constexpr int kMostLines = 1'000;
constexpr std::size_t kMostShown = 200;

std::string common_start(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    const auto [end, _] = std::ranges::mismatch(common, word);
    common.erase(end, common.end());
  }
  return common;
}

/// On the terminal, below the line.
void list(const std::vector<std::string>& words) {
  std::string text = "\n";
  for (std::size_t i = 0; i < std::min(words.size(), kMostShown); ++i) text += fmt::format("{}{}", i == 0 ? "" : "  ", words[i]);
  if (words.size() > kMostShown) text += fmt::format("  and {} more", words.size() - kMostShown);
  text += '\n';
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
  static_cast<void>(std::fflush(stdout));
}

}  // namespace

struct LineEditor::State {
  State(std::string prompt_text, std::string path, Completer complete_line)
      : prompt(std::move(prompt_text)), history_path(std::move(path)), completer(std::move(complete_line)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ::el_end(editor);
    ::history_end(history);
  }

  static State& of(EditLine* editor) {
    void* data = nullptr;
    ::el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
  }
  static char* prompt_of(EditLine* editor) { return of(editor).prompt.data(); }
  static unsigned char on_interrupt(EditLine* editor, int) {
    of(editor).was_interrupted = true;
    static_cast<void>(std::fputs("^C\n", stdout));
    return CC_NEWLINE;
  }
  static unsigned char on_tab(EditLine* editor, int) { return of(editor).complete(); }

  unsigned char complete();

  std::string prompt;
  const std::string history_path;
  const Completer completer;
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  bool was_interrupted = false;
};

unsigned char LineEditor::State::complete() {
  const LineInfo* line = ::el_line(editor);
  const std::string_view before(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
  Completion completion = completer(before);
  std::vector<std::string>& words = completion.candidates;
  std::erase_if(words, [&](const std::string& word) { return !word.starts_with(completion.typed); });
  if (words.empty()) return CC_ERROR;
  std::ranges::sort(words);
  const std::string common = common_start(words);
  if (common == completion.typed && words.size() > 1) {
    list(words);
    return CC_REDISPLAY;
  }
  // Names of folders go on.
  const std::string_view behind = words.size() == 1 && !common.ends_with('/') ? " " : "";
  std::string rest = common.substr(completion.typed.size());
  if (quoted(common) != common) {
    // What needs quotes is typed anew with them; folders without an end are too rare to leave the quote open.
    for (std::size_t i = before.find_last_of(" \t") + 1; i < before.size(); ++i) ::el_deletestr(editor, 1);
    rest = quoted(common);
  }
  if (::el_insertstr(editor, (rest + std::string(behind)).c_str()) != 0) return CC_ERROR;
  return CC_REFRESH;
}

LineEditor::LineEditor(std::string prompt, std::string history_path, Completer completer)
    : state_(std::make_unique<State>(std::move(prompt), std::move(history_path), std::move(completer))) {
  State& s = *state_;
  s.editor = ::el_init("streamline-cli", stdin, stdout, stderr);
  s.history = ::history_init();
  ::history(s.history, &s.event, H_SETSIZE, kMostLines);
  ::history(s.history, &s.event, H_SETUNIQUE, 1);
  if (!s.history_path.empty()) ::history(s.history, &s.event, H_LOAD, s.history_path.c_str());
  ::el_set(s.editor, EL_CLIENTDATA, &s);
  ::el_set(s.editor, EL_PROMPT, &State::prompt_of);
  ::el_set(s.editor, EL_EDITOR, "emacs");
  ::el_set(s.editor, EL_HIST, &::history, s.history);
  ::el_set(s.editor, EL_SIGNAL, 1);
  // Control-C is a key while a line is typed: it gives the line up.
  ::el_set(s.editor, EL_SETTY, "-d", "-isig", nullptr);
  ::el_set(s.editor, EL_ADDFN, "give-up", "Give the line up", &State::on_interrupt);
  ::el_set(s.editor, EL_BIND, "^C", "give-up", nullptr);
  ::el_set(s.editor, EL_ADDFN, "complete-word", "Complete the word", &State::on_tab);
  ::el_set(s.editor, EL_BIND, "^I", "complete-word", nullptr);
  ::el_set(s.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
}

LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read() {
  int count = 0;
  state_->was_interrupted = false;
  // Before the prompt, so that control-D and control-C are keys from then on.
  ::el_set(state_->editor, EL_PREP_TERM, 1);
  const char* line = ::el_gets(state_->editor, &count);
  if (state_->was_interrupted) return std::string();
  if (line == nullptr || count <= 0) return std::nullopt;
  std::string text(line, static_cast<std::size_t>(count));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

Status LineEditor::remember(const std::string& line) {
  State& s = *state_;
  ::history(s.history, &s.event, H_ENTER, line.c_str());
  if (s.history_path.empty()) return {};
  errno = 0;
  if (::history(s.history, &s.event, H_SAVE, s.history_path.c_str()) >= 0) return {};
  return fail_errno(errno, "write " + s.history_path);
}

}  // namespace streamline::cli
