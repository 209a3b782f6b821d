// Flags as kcat 1.7 documents them.
#include "kcat/kcat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace streamline::cli {

namespace {

/// kcat's flags that take a value, in -x value or -xvalue.
constexpr std::string_view kWithValue = "btpockfKDHzlGFXsrU";
/// Those without one; they may stand together behind one dash.
constexpr std::string_view kAlone = "CPLQeqvJZuETdO";

struct Flags {
  char mode = '\0';
  std::string bootstrap{};
  std::string topic{};
  std::string partition{};
  std::string offset{};
  std::string until{};
  std::string count{};
  std::string key{};
  std::string format{};
  std::string key_delimiter{};
  std::vector<std::string> headers{};
  std::string codec{};
  std::string lines_of{};
  std::string group{};
  std::vector<std::string> arguments{};
  bool exit_at_end = false;
  bool json = false;
  bool empty_is_null = false;
};

std::unexpected<Error> without_counterpart(char flag, std::string_view instead) {
  return fail(Errc::invalid_argument, fmt::format("kcat's -{} has no counterpart here; {}", flag, instead));
}

Status take_offset(Flags& flags, const std::string& value) {
  // kcat takes -o twice for a range of time.
  if (value.starts_with("e@")) {
    flags.until = value.substr(1);
    return {};
  }
  auto offset = kcat_offset(value);
  if (!offset) return fail_with(std::move(offset));
  flags.offset = *std::move(offset);
  return {};
}

Status take(Flags& flags, char flag, const std::string& value) {
  switch (flag) {
    case 'b': flags.bootstrap = value; return {};
    case 't': flags.topic = value; return {};
    case 'p': flags.partition = value == "-1" ? "" : value; return {};
    case 'o': return take_offset(flags, value);
    case 'c': flags.count = value; return {};
    case 'k': flags.key = value; return {};
    case 'K': flags.key_delimiter = value; return {};
    case 'H': flags.headers.push_back(value); return {};
    case 'z': flags.codec = value; return {};
    case 'l': flags.lines_of = value; return {};
    case 'G':
      flags.group = value;
      flags.mode = 'G';
      return {};
    case 'D':
      if (value == "\\n" || value == "\n") return {};
      return without_counterpart(flag, "records end with their line");
    case 'f': {
      auto format = kcat_format(value);
      if (!format) return fail_with(std::move(format));
      flags.format = *std::move(format);
      return {};
    }
    case 'X':
    case 'F': return without_counterpart(flag, "say it with flags of streamline-cli, or in a profile");
    case 's':
    case 'r': return without_counterpart(flag, "decode with 'streamline-cli consume --decode-value'");
    default: return fail(Errc::invalid_argument, fmt::format("kcat has no flag -{}", flag));
  }
}

Status take_alone(Flags& flags, char flag) {
  switch (flag) {
    case 'C':
    case 'P':
    case 'L':
    case 'Q': flags.mode = flag; return {};
    case 'e': flags.exit_at_end = true; return {};
    case 'J': flags.json = true; return {};
    case 'Z': flags.empty_is_null = true; return {};
    // How much is said, and whether output is buffered: there is nothing to say, and it is written at once.
    case 'q':
    case 'v':
    case 'u':
    case 'O':
    case 'E': return {};
    default: return without_counterpart(flag, "leave it out");
  }
}

Result<Flags> parse(std::span<const std::string> words) {
  Flags flags;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.size() < 2 || word[0] != '-') {
      flags.arguments.push_back(word);
      continue;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char flag = word[i];
      if (kAlone.find(flag) != std::string_view::npos) {
        if (auto taken = take_alone(flags, flag); !taken) return fail_with(std::move(taken));
        continue;
      }
      if (kWithValue.find(flag) == std::string_view::npos) return fail(Errc::invalid_argument, fmt::format("kcat has no flag -{}", flag));
      std::string value = word.substr(i + 1);
      if (value.empty()) {
        if (++at == words.size()) return fail(Errc::invalid_argument, fmt::format("-{} wants a value", flag));
        value = words[at];
      }
      if (auto taken = take(flags, flag, value); !taken) return fail_with(std::move(taken));
      break;
    }
  }
  return flags;
}

void put(std::vector<std::string>& words, const char* flag, const std::string& value) {
  if (value.empty()) return;
  words.emplace_back(flag);
  words.push_back(value);
}

Result<std::vector<std::string>> consume_words(const Flags& flags) {
  std::vector<std::string> words = {"consume"};
  if (flags.mode == 'G') {
    if (flags.arguments.empty()) return fail(Errc::invalid_argument, "-G wants topics behind the group");
    words.insert(words.end(), flags.arguments.begin(), flags.arguments.end());
    put(words, "-g", flags.group);
  } else {
    if (flags.topic.empty()) return fail(Errc::invalid_argument, "-t topic is missing");
    words.push_back(flags.topic);
  }
  put(words, "-p", flags.partition);
  // A value that begins with a dash would be taken for a flag.
  if (!flags.offset.empty()) words.push_back("--from=" + flags.offset);
  put(words, "--until", flags.until);
  put(words, "-n", flags.count);
  if (flags.json)
    put(words, "-o", "json");
  else
    put(words, "--format", flags.format);
  if (!flags.format.empty() && flags.json) return fail(Errc::invalid_argument, "-f and -J both say how records look; give one");
  if (!flags.exit_at_end && flags.until.empty()) words.emplace_back("-f");
  return words;
}

Result<std::vector<std::string>> produce_words(const Flags& flags) {
  if (flags.topic.empty()) return fail(Errc::invalid_argument, "-t topic is missing");
  std::vector<std::string> words = {"produce", flags.topic};
  const std::string file = flags.lines_of.empty() && flags.arguments.size() == 1 ? flags.arguments[0] : flags.lines_of;
  if (flags.arguments.size() > 1) return fail(Errc::invalid_argument, "several files have no counterpart here; give one with -l");
  put(words, "--file", file);
  put(words, "-p", flags.partition);
  put(words, "-k", flags.key);
  put(words, "--key-delimiter", flags.key_delimiter);
  put(words, "-z", flags.codec);
  put(words, "-n", flags.count);
  for (const std::string& header : flags.headers) put(words, "-H", header);
  if (flags.empty_is_null) words.emplace_back("--null-value=");
  return words;
}

Result<std::vector<std::string>> own_words(const Flags& flags) {
  switch (flags.mode) {
    case 'C':
    case 'G': return consume_words(flags);
    case 'P': return produce_words(flags);
    case 'L': {
      std::vector<std::string> words = {"topics"};
      if (flags.topic.empty()) {
        words.insert(words.end(), {"list", "--internal"});
      } else {
        words.insert(words.end(), {"describe", flags.topic});
      }
      if (flags.json) put(words, "-o", "json");
      return words;
    }
    case 'Q': return without_counterpart('Q', "look with 'streamline-cli consume TOPIC --from @TIME -n 1 -o json'");
    default: return fail(Errc::invalid_argument, "say what to do: -C consume, -P produce, -L list, -G group");
  }
}

}  // namespace

bool is_kcat(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return name == "kcat" || name == "kafkacat";
}

Result<std::string> kcat_offset(std::string_view offset) {
  if (offset.starts_with("s@")) return std::string(offset.substr(1));
  if (offset == "stored") return fail(Errc::invalid_argument, "-o stored: offsets are kept by groups; read with -G");
  return std::string(offset);
}

Result<std::string> kcat_format(std::string_view format) {
  struct Verb {
    char theirs;
    std::string_view ours;
  };
  constexpr std::array kVerbs = {
      Verb{'s', "%v"}, Verb{'S', "%V"}, Verb{'R', "%V{big32}"}, Verb{'k', "%k"}, Verb{'K', "%K"},
      Verb{'t', "%t"}, Verb{'p', "%p"}, Verb{'o', "%o"},        Verb{'T', "%d"}, Verb{'%', "%%"},
  };
  std::string ours;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      ours += format[at];
      continue;
    }
    const char letter = ++at < format.size() ? format[at] : ' ';
    const auto verb = std::ranges::find(kVerbs, letter, &Verb::theirs);
    if (letter == 'h')
      return fail(Errc::invalid_argument, "kcat's %h has no counterpart here; use -J, or consume --format with %h{ %k=%v}");
    if (verb == kVerbs.end()) return fail(Errc::invalid_argument, fmt::format("kcat's format has no '%{}'", letter));
    ours += verb->ours;
  }
  return ours;
}

Result<std::vector<std::string>> kcat_words(std::span<const std::string> words) {
  auto flags = parse(words);
  if (!flags) return fail_with(std::move(flags));
  auto own = own_words(*flags);
  if (!own || flags->bootstrap.empty()) return own;
  own->insert(own->begin(), {"-b", flags->bootstrap});
  return own;
}

}  // namespace streamline::cli
