// The file, the project's file, and which of them says what.
#include "profile/profiles.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "config/file_readers.h"
#include "input_file.h"
#include "suggestion.h"

namespace streamline::cli {

namespace {

constexpr std::string_view kCurrent = "profile";
constexpr std::string_view kProjectFile = ".streamline.toml";

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Status check_key(const std::string& key, const std::string& origin) {
  const auto& keys = profile_keys();
  if (std::ranges::find(keys, key) != keys.end()) return {};
  return fail(Errc::malformed, fmt::format("{}: unknown key '{}'{}", origin, key, suggestion(key, keys)));
}

Result<std::vector<config::Entry>> entries_of(const std::string& path) {
  auto text = read_input(path);
  if (!text) return fail_with(std::move(text));
  return config::read_toml(*text, path);
}

/// The project's file in this folder or one above it; empty: none.
std::string project_path() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::current_path(error);
  if (error) return {};
  while (true) {
    const std::filesystem::path file = folder / kProjectFile;
    if (std::filesystem::exists(file, error)) return file.string();
    if (folder == folder.root_path() || folder.empty()) return {};
    folder = folder.parent_path();
  }
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return fail_errno(errno, "write the profiles");
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0 ? Status{} : fail_errno(errno, "write the profiles");
}

}  // namespace

const std::vector<std::string>& profile_keys() {
  static const std::vector<std::string> keys = {"bootstrap", "output", "client-id", "request-timeout"};
  return keys;
}

std::string profiles_path() {
  if (std::string chosen = environment("STREAMLINE_CONFIG_FILE"); !chosen.empty()) return chosen;
  if (const std::string config = environment("XDG_CONFIG_HOME"); !config.empty()) return config + "/streamline/cli.toml";
  const std::string home = environment("HOME");
  return home.empty() ? std::string() : home + "/.config/streamline/cli.toml";
}

Result<Profiles> load_profiles(const std::string& path) {
  Profiles found;
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return found;
  auto entries = entries_of(path);
  if (!entries) return fail_with(std::move(entries));
  for (const config::Entry& entry : *entries) {
    const std::size_t dot = entry.key.find('.');
    if (dot == std::string::npos) {
      if (entry.key != kCurrent)
        return fail(Errc::malformed,
                    fmt::format("{}: unknown key '{}'; only 'profile' stands outside of profiles", entry.origin, entry.key));
      found.current = entry.value;
      continue;
    }
    const std::string key = entry.key.substr(dot + 1);
    if (auto known = check_key(key, entry.origin); !known) return fail_with(std::move(known));
    found.profiles[entry.key.substr(0, dot)][key] = entry.value;
  }
  return found;
}

Status store_profiles(const std::string& path, const Profiles& profiles) {
  if (path.empty()) return fail(Errc::not_found, "there is no home folder for profiles; set STREAMLINE_CONFIG_FILE");
  std::string text = "# Profiles of streamline-cli; `streamline-cli profile` writes this file anew.\n";
  if (!profiles.current.empty()) text += fmt::format("profile = {}\n", toml_text(profiles.current));
  for (const auto& [name, profile] : profiles.profiles) {
    text += fmt::format("\n[{}]\n", name);
    for (const auto& [key, value] : profile) text += fmt::format("{} = {}\n", key, toml_text(value));
  }
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return fail_errno(error.value(), "make " + folder.string());
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail_errno(errno, "open " + fresh);
  const Status written = write_all(fd, text);
  if (::close(fd) != 0 && written) return fail_errno(errno, "write " + fresh);
  if (!written) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail_errno(errno, "rename " + fresh);
  return {};
}

Result<Profile> profile_in_force(std::string_view named) {
  Profile project;
  std::string chosen(named);
  if (const std::string path = project_path(); !path.empty()) {
    auto entries = entries_of(path);
    if (!entries) return fail_with(std::move(entries));
    for (const config::Entry& entry : *entries) {
      if (entry.key == kCurrent) {
        if (chosen.empty()) chosen = entry.value;
        continue;
      }
      if (auto known = check_key(entry.key, entry.origin); !known) return fail_with(std::move(known));
      project[entry.key] = entry.value;
    }
  }
  auto all = load_profiles(profiles_path());
  if (!all) return fail_with(std::move(all));
  if (chosen.empty()) chosen = all->current;
  if (chosen.empty()) return project;
  const auto profile = all->profiles.find(chosen);
  if (profile == all->profiles.end()) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : all->profiles) names.push_back(name);
    return fail(Errc::not_found, fmt::format("there is no profile '{}'{}", chosen, suggestion(chosen, names)));
  }
  Profile in_force = std::move(project);
  in_force.insert(profile->second.begin(), profile->second.end());
  return in_force;
}

}  // namespace streamline::cli
