// What is the same on every file system: trees of directories, whole files, and replacing one atomically.
#include "fs/file_system.h"

#include <fmt/format.h>

#include <array>

namespace streamline::fs {

Status FileSystem::make_directories(const std::string& path) {
  if (path.empty() || path == "/" || path == "." || exists(path)) return {};
  const std::string parent = parent_path(path);
  if (Status made = make_directories(parent); !made) return made;
  if (Status made = make_directory(path); !made) return made;
  return sync_directory(parent);
}

Status FileSystem::remove_all(const std::string& path) {
  if (!exists(path)) return {};
  // A plain file answers list() with an error; then it is removed as it is.
  if (Result<std::vector<std::string>> names = list(path); names) {
    for (const std::string& name : *names) {
      if (Status removed = remove_all(join_path(path, name)); !removed) return removed;
    }
  }
  return remove(path);
}

Result<std::vector<std::byte>> FileSystem::read_file(const std::string& path, std::size_t max_bytes) {
  Result<std::unique_ptr<File>> file = open(path, {.read_only = true});
  if (!file) return fail_with(std::move(file));
  // Files of /proc say size 0, so the end is where read_at says.
  std::vector<std::byte> content;
  std::array<std::byte, 16 * 1024> step;
  for (;;) {
    Result<std::size_t> got = (*file)->read_at(content.size(), step);
    if (!got) return fail_with(std::move(got));
    if (*got == 0) return content;
    if (content.size() + *got > max_bytes) return fail(Errc::too_large, fmt::format("{}: larger than {} bytes", path, max_bytes));
    content.insert(content.end(), step.begin(), step.begin() + static_cast<std::ptrdiff_t>(*got));
  }
}

Status replace_file(FileSystem& file_system, const std::string& path, ByteView bytes) {
  const std::string fresh = path + ".new";
  Result<std::unique_ptr<File>> file = file_system.open(fresh, {.create = true});
  if (!file) return fail_with(std::move(file));
  if (Status cut = (*file)->truncate(0); !cut) return cut;
  if (Status written = (*file)->write_at(0, bytes); !written) return written;
  if (Status synced = (*file)->sync(); !synced) return synced;
  if (Status renamed = file_system.rename(fresh, path); !renamed) return renamed;
  return file_system.sync_directory(parent_path(path));
}

std::string join_path(std::string_view directory, std::string_view name) { return fmt::format("{}/{}", directory, name); }

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace streamline::fs
