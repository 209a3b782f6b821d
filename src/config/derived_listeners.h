// Where to listen when only the addresses are given that clients are to be told.
#pragma once

#include <optional>

#include "config/properties.h"

namespace streamline::config {

/// A value of `listeners` made of `advertised.listeners`: the same names and ports, on every address of the machine, or on this machine's
/// own where nobody else was meant. Nothing where `listeners` is set, but by a file that names none of what a variable or a flag
/// advertises: whoever starts a container cannot edit the file in its image. Nothing, too, where the entries cannot be read: whoever checks
/// them says so.
std::optional<Setting> derive_listeners(const Properties& properties);

}  // namespace streamline::config
