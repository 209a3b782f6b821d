// Choice of codec and level; the codecs' states are made on first use.
#include "record/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include <array>

#include "record/compression/codec.h"

namespace streamline::record {

namespace {

constexpr std::size_t kCodecs = 5;
constexpr int kGzipDefault = -1;
constexpr int kLz4Default = 9;
constexpr int kZstdDefault = 3;

std::unique_ptr<PlainReader> make_reader(Codec codec) {
  switch (codec) {
    case Codec::gzip: return make_gzip_reader();
    case Codec::snappy: return make_snappy_reader();
    case Codec::lz4: return make_lz4_reader();
    case Codec::zstd: return make_zstd_reader();
    case Codec::none: break;
  }
  return nullptr;
}

std::unique_ptr<PlainWriter> make_writer(Codec codec) {
  switch (codec) {
    case Codec::gzip: return make_gzip_writer();
    case Codec::snappy: return make_snappy_writer();
    case Codec::lz4: return make_lz4_writer();
    case Codec::zstd: return make_zstd_writer();
    case Codec::none: break;
  }
  return nullptr;
}

/// The number that the codec's library takes for `level`.
Result<int> library_level(Codec codec, int level) {
  const LevelRange range = level_range(codec);
  if (codec == Codec::snappy) return 0;
  if (codec == Codec::gzip && (level == kDefaultLevel || level == kGzipDefault)) return kGzipDefault;
  // Kafka's default of 9 stands for the fast compressor; the other levels are those of the strong one.
  if (codec == Codec::lz4 && (level == kDefaultLevel || level == kLz4Default)) return 0;
  if (codec == Codec::zstd && level == kDefaultLevel) return kZstdDefault;
  if (level >= range.lowest && level <= range.highest) return level;
  return fail(Errc::out_of_range, fmt::format("{} level {} is outside of {} to {}", to_string(codec), level, range.lowest, range.highest));
}

std::unexpected<Error> fail_codec(Codec codec) {
  return fail(Errc::unsupported_codec, fmt::format("codec number {} does not exist", static_cast<int>(codec)));
}

}  // namespace

std::unexpected<Error> fail_malformed(const char* codec, const char* reason) {
  return fail(Errc::malformed, fmt::format("records do not decompress: {}: {}", codec, reason));
}

std::unexpected<Error> fail_too_large(std::size_t max_plain_bytes) {
  return fail(Errc::too_large, fmt::format("records decompress to more than the limit of {} bytes", max_plain_bytes));
}

LevelRange level_range(Codec codec) {
  switch (codec) {
    case Codec::gzip: return {.lowest = 1, .highest = 9};
    case Codec::lz4: return {.lowest = 1, .highest = 17};
    case Codec::zstd: return {.lowest = -131072, .highest = 22};
    case Codec::none:
    case Codec::snappy: break;
  }
  return {};
}

struct Decompressor::State {
  std::size_t max_plain_bytes;
  OutputBuffer output;
  std::array<std::unique_ptr<PlainReader>, kCodecs> readers;
};

Decompressor::Decompressor(std::size_t max_plain_bytes) : state_(std::make_unique<State>()) { state_->max_plain_bytes = max_plain_bytes; }
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

std::size_t Decompressor::max_plain_bytes() const { return state_->max_plain_bytes; }

Result<ByteView> Decompressor::decompress(Codec codec, ByteView compressed, std::size_t max_plain_bytes) {
  if (!is_known(codec)) return fail_codec(codec);
  if (codec == Codec::none) return compressed;
  auto& reader = state_->readers[static_cast<std::size_t>(codec)];
  if (!reader) reader = make_reader(codec);
  state_->output.clear();
  if (auto done = reader->decompress(compressed, state_->output, std::min(max_plain_bytes, state_->max_plain_bytes)); !done)
    return fail_with(std::move(done));
  return state_->output.view();
}

struct Compressor::State {
  OutputBuffer output;
  std::array<std::unique_ptr<PlainWriter>, kCodecs> writers;
};

Compressor::Compressor() : state_(std::make_unique<State>()) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

Result<ByteView> Compressor::compress(Codec codec, ByteView plain, int level) {
  if (!is_known(codec)) return fail_codec(codec);
  if (codec == Codec::none) return plain;
  auto chosen = library_level(codec, level);
  if (!chosen) return fail_with(std::move(chosen));
  auto& writer = state_->writers[static_cast<std::size_t>(codec)];
  if (!writer) writer = make_writer(codec);
  state_->output.clear();
  if (auto done = writer->compress(plain, state_->output, *chosen); !done) return fail_with(std::move(done));
  return state_->output.view();
}

}  // namespace streamline::record
