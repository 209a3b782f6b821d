// What one fuzz input means for the wire room, shared by the fuzzer and the smoke run.
#pragma once

#include "wire/codecs.h"

namespace streamline::wire {

/// Reads the input both ways: as a whole request frame, and as a body. For the body, two bytes choose the message and one the
/// version. A body that decodes must have a stable encoding: decoding that gives the same bytes again. Aborts if not.
void try_wire_input(ByteView input);

/// The input whose body is `body` of that codec and version.
std::vector<std::byte> wire_input(const Codec& codec, std::int16_t version, ByteView body);

}  // namespace streamline::wire
