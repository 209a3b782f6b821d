// Profiles: named sets of global options in a file of the user's, one of them in use; a project may choose in .streamline.toml.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::cli {

/// Keys of a profile are the global flags: bootstrap, output, client-id, request-timeout.
using Profile = std::map<std::string, std::string>;

/// The keys that there are.
const std::vector<std::string>& profile_keys();

struct Profiles {
  /// The one in use; empty: none.
  std::string current;
  std::map<std::string, Profile> profiles;
};

/// $STREAMLINE_CONFIG_FILE, else cli.toml in $XDG_CONFIG_HOME/streamline or ~/.config/streamline; empty where there is no home.
std::string profiles_path();
/// No profile where the file does not exist. malformed names file and line, or the key that is unknown.
Result<Profiles> load_profiles(const std::string& path);
/// Replaces the file as a whole: either the old one is there or the new one. Makes the folder.
Status store_profiles(const std::string& path, const Profiles& profiles);

/// What holds for this run: the profile `named` (or the project's, or the one in use), with the project's own values over it.
/// not_found when a profile that is named does not exist.
Result<Profile> profile_in_force(std::string_view named);

}  // namespace streamline::cli
