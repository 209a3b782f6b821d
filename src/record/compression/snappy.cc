// Snappy: one raw block (librdkafka, Go), or snappy-java's stream of blocks: an 8-byte magic, version 4, oldest compatible version 4,
// then blocks of a 4-byte big-endian size and raw snappy. Streams may follow each other. Written is the stream, as Java does.
#include <snappy.h>

#include <array>

#include "record/compression/codec.h"

namespace streamline::record {

namespace {

constexpr std::array<std::byte, 8> kStreamMagic = {std::byte{0x82}, std::byte{'S'}, std::byte{'N'}, std::byte{'A'},
                                                   std::byte{'P'},  std::byte{'P'}, std::byte{'Y'}, std::byte{0}};
constexpr std::size_t kStreamHeaderBytes = 16;
constexpr std::size_t kBlockPrefixBytes = 4;
constexpr std::int32_t kStreamVersion = 1;
/// Plain bytes of a block, snappy-java's default.
constexpr std::size_t kBlockBytes = 32 * 1024;
/// The best element turns 3 bytes into 64: a block that claims more lies.
constexpr std::size_t kMaxExpansion = 22;

const char* chars(ByteView bytes) { return reinterpret_cast<const char*>(bytes.data()); }

bool starts_stream(ByteView bytes) {
  return bytes.size() >= kStreamHeaderBytes && std::equal(kStreamMagic.begin(), kStreamMagic.end(), bytes.begin());
}

Status append_block(ByteView block, OutputBuffer& output, std::size_t max_plain_bytes) {
  std::size_t plain_bytes = 0;
  if (!snappy::GetUncompressedLength(chars(block), block.size(), &plain_bytes)) {
    return fail_malformed("snappy", "a block's length cannot be read");
  }
  if (plain_bytes > max_plain_bytes - output.size()) return fail_too_large(max_plain_bytes);
  if (plain_bytes > block.size() * kMaxExpansion) return fail_malformed("snappy", "a block claims more than it can hold");
  const MutableBytes room = output.room(plain_bytes);
  if (!snappy::RawUncompress(chars(block), block.size(), reinterpret_cast<char*>(room.data()))) {
    return fail_malformed("snappy", "a block cannot be read");
  }
  output.advance(plain_bytes);
  return {};
}

class SnappyReader final : public PlainReader {
 public:
  Status decompress(ByteView compressed, OutputBuffer& output, std::size_t max_plain_bytes) override {
    if (!starts_stream(compressed)) return append_block(compressed, output, max_plain_bytes);
    while (!compressed.empty()) {
      if (starts_stream(compressed)) {
        compressed = compressed.subspan(kStreamHeaderBytes);
        continue;
      }
      if (compressed.size() < kBlockPrefixBytes) return fail_malformed("snappy", "a block's size ends early");
      const auto block_bytes = load_be<std::uint32_t>(compressed.data());
      compressed = compressed.subspan(kBlockPrefixBytes);
      if (block_bytes > compressed.size()) return fail_malformed("snappy", "a block ends early");
      if (auto appended = append_block(compressed.first(block_bytes), output, max_plain_bytes); !appended) return appended;
      compressed = compressed.subspan(block_bytes);
    }
    return {};
  }
};

class SnappyWriter final : public PlainWriter {
 public:
  Status compress(ByteView plain, OutputBuffer& output, int) override {
    const std::size_t blocks = plain.size() / kBlockBytes + 1;
    std::byte* const header =
        output.room(kStreamHeaderBytes + blocks * (kBlockPrefixBytes + snappy::MaxCompressedLength(kBlockBytes))).data();
    std::copy(kStreamMagic.begin(), kStreamMagic.end(), header);
    store_be(header + 8, kStreamVersion);
    store_be(header + 12, kStreamVersion);
    output.advance(kStreamHeaderBytes);
    while (!plain.empty()) {
      const ByteView block = plain.first(std::min(plain.size(), kBlockBytes));
      std::byte* const at = output.room(kBlockPrefixBytes + snappy::MaxCompressedLength(block.size())).data();
      std::size_t block_bytes = 0;
      snappy::RawCompress(chars(block), block.size(), reinterpret_cast<char*>(at + kBlockPrefixBytes), &block_bytes);
      store_be(at, static_cast<std::uint32_t>(block_bytes));
      output.advance(kBlockPrefixBytes + block_bytes);
      plain = plain.subspan(block.size());
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<PlainReader> make_snappy_reader() { return std::make_unique<SnappyReader>(); }
std::unique_ptr<PlainWriter> make_snappy_writer() { return std::make_unique<SnappyWriter>(); }

}  // namespace streamline::record
