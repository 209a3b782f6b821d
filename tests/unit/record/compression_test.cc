// Round trips of every codec, its framing, limits, and damaged input.
#include "record/compression.h"

#include <snappy.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;

namespace {

/// Half random, half repeating: no codec finds it trivial or impossible.
std::string text_of(std::size_t size) {
  std::mt19937 random(5);
  std::string text;
  while (text.size() < size) {
    text += "the same words again ";
    for (int i = 0; i < 20; ++i) text += static_cast<char>(random());
  }
  text.resize(size);
  return text;
}

std::vector<std::byte> copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_CASE("every codec gives back what it took, at every size around its blocks") {
  Compressor compressor;
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    for (std::size_t size : {0U, 1U, 100U, 32'767U, 32'768U, 32'769U, 65'536U, 65'537U, 200'000U, 5'000'000U}) {
      INFO(to_string(codec) << " " << size);
      const std::string plain = text_of(size);
      const auto compressed = copy_of(compressor.compress(codec, as_bytes(plain)).value());
      CHECK(as_text(decompressor.decompress(codec, compressed).value()) == plain);
    }
  }
}

TEST_CASE("every level of a codec's range is taken and one outside of it refused") {
  Compressor compressor;
  Decompressor decompressor;
  const std::string plain = text_of(10'000);
  for (const auto& [codec, levels] :
       {std::pair{Codec::gzip, std::vector{-1, 1, 6, 9}}, {Codec::lz4, {1, 9, 12, 17}}, {Codec::zstd, {-131072, -5, 1, 3, 19}}}) {
    for (int level : levels) {
      INFO(to_string(codec) << " " << level);
      const auto compressed = copy_of(compressor.compress(codec, as_bytes(plain), level).value());
      CHECK(as_text(decompressor.decompress(codec, compressed).value()) == plain);
    }
  }
  CHECK(compressor.compress(Codec::gzip, as_bytes(plain), 10).error().code == Errc::out_of_range);
  CHECK(compressor.compress(Codec::lz4, as_bytes(plain), 18).error().code == Errc::out_of_range);
  CHECK(compressor.compress(Codec::zstd, as_bytes(plain), 23).error().text == "zstd level 23 is outside of -131072 to 22");
}

TEST_CASE("raw snappy is read as well as snappy-java's stream") {
  const std::string plain = text_of(100'000);
  std::string raw;
  snappy::Compress(plain.data(), plain.size(), &raw);
  Decompressor decompressor;
  CHECK(as_text(decompressor.decompress(Codec::snappy, as_bytes(raw)).value()) == plain);
}

TEST_CASE("streams that follow each other are read as one") {
  Compressor compressor;
  Decompressor decompressor;
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::zstd}) {
    INFO(to_string(codec));
    auto both = copy_of(compressor.compress(codec, as_bytes("one ")).value());
    const auto second = copy_of(compressor.compress(codec, as_bytes("two")).value());
    both.insert(both.end(), second.begin(), second.end());
    CHECK(as_text(decompressor.decompress(codec, both).value()) == "one two");
  }
}

TEST_CASE("snappy is written as snappy-java writes it and lz4 with independent blocks of 64 KiB") {
  Compressor compressor;
  const auto snappy = copy_of(compressor.compress(Codec::snappy, as_bytes("x")).value());
  const auto golden_snappy = golden("small-snappy");
  CHECK(std::equal(snappy.begin(), snappy.begin() + 16, golden_snappy.begin() + kBatchHeaderBytes));
  const auto lz4 = copy_of(compressor.compress(Codec::lz4, as_bytes("x")).value());
  const auto golden_lz4 = golden("small-lz4");
  // Magic, flags, block descriptor, header checksum.
  CHECK(std::equal(lz4.begin(), lz4.begin() + 7, golden_lz4.begin() + kBatchHeaderBytes));
}

TEST_CASE("a bomb is stopped at the limit, which the error names") {
  Compressor compressor;
  Decompressor decompressor(1 << 20);
  const std::string zeros(100 << 20, '\0');
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    INFO(to_string(codec));
    const auto bomb = copy_of(compressor.compress(codec, as_bytes(zeros)).value());
    const auto plain = decompressor.decompress(codec, bomb);
    REQUIRE_FALSE(plain);
    CHECK(plain.error().code == Errc::too_large);
    CHECK(plain.error().text == "records decompress to more than the limit of 1048576 bytes");
  }
}

TEST_CASE("exactly the limit is allowed") {
  Compressor compressor;
  Decompressor decompressor(1 << 20);
  const std::string plain(1 << 20, 'a');
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const auto compressed = copy_of(compressor.compress(codec, as_bytes(plain)).value());
    CHECK(decompressor.decompress(codec, compressed).value().size() == plain.size());
  }
}

TEST_CASE("a snappy block that claims more than its bytes can hold is refused before memory is taken") {
  Decompressor decompressor;
  const std::string claim = "\x80\x80\x80\x20 tiny";
  CHECK(decompressor.decompress(Codec::snappy, as_bytes(claim)).error().code == Errc::malformed);
}

TEST_CASE("compressed bytes cut anywhere, and garbage, are malformed") {
  Compressor compressor;
  Decompressor decompressor;
  const std::string plain = text_of(3000);
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const auto whole = copy_of(compressor.compress(codec, as_bytes(plain)).value());
    for (std::size_t size = 1; size < whole.size(); size += 7) {
      INFO(to_string(codec) << " cut to " << size);
      // Exactly so many bytes, so that the address sanitizer sees one too many.
      const auto cut = copy_of(ByteView(whole).first(size));
      const auto result = decompressor.decompress(codec, cut);
      // A snappy stream cut between header and block is a shorter stream; all else is damage.
      if (codec == Codec::snappy && size == 16) continue;
      REQUIRE_FALSE(result);
      CHECK(result.error().code == Errc::malformed);
    }
    CHECK(decompressor.decompress(codec, as_bytes("garbage, not a codec's bytes")).error().code == Errc::malformed);
    CHECK(as_text(decompressor.decompress(codec, whole).value()) == plain);
  }
}

TEST_CASE("a codec that does not exist is refused") {
  Decompressor decompressor;
  CHECK(decompressor.decompress(static_cast<Codec>(5), as_bytes("x")).error().code == Errc::unsupported_codec);
}
