// Paint: colours, where a terminal shows them and nobody has asked for none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace streamline::cli {

enum class Paint : std::uint8_t { none, colors };
/// What --color says.
enum class ColorWish : std::uint8_t { automatic, always, never };
enum class Tone : std::uint8_t { plain, heading, good, notable, bad };

/// auto, always or never. invalid_argument.
Result<ColorWish> parse_color(std::string_view word);
/// Of what goes to `fd`. The wish goes before NO_COLOR, this before CLICOLOR_FORCE and FORCE_COLOR, these before what `fd` is: colours
/// on a terminal whose TERM is not dumb.
Paint paint_for(ColorWish wish, int fd);
/// A terminal that can move its cursor.
bool is_drawable(int fd);
/// `text` between what turns the tone on and off.
std::string painted(std::string_view text, Tone tone, Paint paint);
/// Of a word that stands for a state: ok, created, failed, Stable, "would be set" ...
Tone tone_of(std::string_view state);

}  // namespace streamline::cli
