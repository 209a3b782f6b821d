// Printing every command with its flags, its answer and its examples.
#include "reference/manual.h"

#include <fmt/format.h>

#include <array>

#include "base/build_stamp.h"
#include "reference/grammar.h"

namespace streamline::cli {

namespace {

std::span<const Column> keys_of(const Session& session, const CLI::App& command) {
  const auto facts = session.facts.find(&command);
  return facts == session.facts.end() ? std::span<const Column>() : facts->second.keys;
}

/// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void put_flags_markdown(std::string& out, const std::vector<const CLI::Option*>& flags) {
  if (flags.empty()) return;
  out += "| Flag | Meaning |\n|--|--|\n";
  for (const CLI::Option* flag : flags) out += fmt::format("| `{}` | {} |\n", cell(flag_text(*flag)), cell(flag->get_description()));
  out += "\n";
}

void put_command_markdown(std::string& out, const Session& session, const CLI::App& command) {
  out += fmt::format("## {}\n{}.\n\n```\n{}\n```\n\n", command_line(command), command.get_description(), usage_line(command));
  for (const CLI::Option* word : words_of(command)) out += fmt::format("- `{}`: {}\n", word->get_name(true), word->get_description());
  if (!words_of(command).empty()) out += "\n";
  put_flags_markdown(out, flags_of(command));
  if (const std::string notes = notes_of(command); !notes.empty()) out += notes + "\n\n";
  if (const auto keys = keys_of(session, command); !keys.empty()) {
    out += "| Key of the answer | Type | Meaning |\n|--|--|--|\n";
    for (const Column& key : keys) out += fmt::format("| `{}` | {} | {} |\n", cell(key.key), type_text(key.type), cell(key.meaning));
    out += "\n";
  }
  const auto examples = examples_of(command);
  if (examples.empty()) return;
  out += "```sh\n";
  for (const std::string& example : examples) out += example + "\n";
  out += "```\n\n";
}

/// The character that begins with `lead`, of which `following` bytes come after it, as roff writes it in plain ASCII.
std::string roff_character(unsigned lead, std::string_view following) {
  constexpr std::array kLeadBits = {0x7fU, 0x1fU, 0x0fU, 0x07U};
  unsigned point = lead & kLeadBits[following.size()];
  for (const char c : following) point = (point << 6) | (static_cast<unsigned char>(c) & 0x3fU);
  return fmt::format("\\[u{:04X}]", point);
}

/// A line that begins with a dot or a quote would be taken for a request of roff; hyphens stay hyphens, to be copied. Our own texts are
/// UTF-8.
std::string roff(std::string_view text) {
  std::string escaped;
  bool at_begin = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto lead = static_cast<unsigned char>(c);
    if (lead >= 0x80) {
      const std::size_t following = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
      escaped += roff_character(lead, text.substr(at + 1, following));
      at += following;
      continue;
    }
    if (at_begin && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
    at_begin = c == '\n';
  }
  return escaped;
}

void put_flags_roff(std::string& out, const std::vector<const CLI::Option*>& flags) {
  for (const CLI::Option* flag : flags) out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(flag_text(*flag)), roff(flag->get_description()));
}

void put_command_roff(std::string& out, const Session& session, const CLI::App& command) {
  out += fmt::format(".SS {}\n{}.\n.PP\n\\fB{}\\fR\n", roff(command_line(command).substr(session.grammar->get_name().size() + 1)),
                     roff(command.get_description()), roff(usage_line(command)));
  for (const CLI::Option* word : words_of(command))
    out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(word->get_name(true)), roff(word->get_description()));
  put_flags_roff(out, flags_of(command));
  if (const std::string notes = notes_of(command); !notes.empty()) out += fmt::format(".PP\n{}\n", roff(notes));
  const auto examples = examples_of(command);
  if (examples.empty()) return;
  out += ".PP\n.nf\n";
  for (const std::string& example : examples) out += roff(example) + "\n";
  out += ".fi\n";
}

}  // namespace

std::string markdown_manual(const Session& session) {
  const CLI::App& app = *session.grammar;
  std::string out = fmt::format(
      "# Command reference\n\nPrinted by `{} reference markdown`; a test keeps it so. Global flags stand anywhere on the line.\n\n",
      app.get_name());
  put_flags_markdown(out, flags_of(app));
  out += fmt::format("{}\n\nKeys of answers are of version {}: within it they keep name, type and meaning. `-o help` prints them.\n\n",
                     app.get_footer(), kOutputVersion);
  for (const CLI::App* command : leaves_of(app)) put_command_markdown(out, session, *command);
  out.pop_back();
  return out;
}

std::string man_page(const Session& session) {
  const CLI::App& app = *session.grammar;
  std::string out = fmt::format(".TH STREAMLINE\\-CLI 1 \"\" \"streamline {}\"\n.SH NAME\nstreamline\\-cli \\- {}\n", build_stamp().version,
                                roff(app.get_description()));
  out += ".SH SYNOPSIS\n\\fBstreamline\\-cli\\fR \\fICOMMAND\\fR [flags]\n.SH GLOBAL FLAGS\n";
  put_flags_roff(out, flags_of(app));
  out += ".SH COMMANDS\n";
  for (const CLI::App* command : leaves_of(app)) put_command_roff(out, session, *command);
  out += fmt::format(".SH EXIT STATUS\n{}\n", roff(app.get_footer()));
  return out;
}

}  // namespace streamline::cli
