// Levels the ground between runs on a virtual machine. Guest memory that the host has not backed yet (or took back two seconds after it was
// freed) makes the first write to a page several times as dear, so whoever runs first pays. Writing and dropping a file right before
// each run leaves backed free pages for the server to take.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace streamline::bench {

/// Nothing happens for 0 bytes. The file has no name and is gone on return.
Status touch_pages(const std::string& dir, std::int64_t bytes);

}  // namespace streamline::bench
