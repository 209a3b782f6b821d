// LZ4 in its frame format. Written with independent blocks of 64 KiB and no checksums: Java's reader refuses linked blocks.
#include <lz4frame.h>

#include "base/assert.h"
#include "record/compression/codec.h"

namespace streamline::record {

namespace {

class Lz4Reader final : public PlainReader {
 public:
  Lz4Reader() { SL_ASSERT(!LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))); }
  ~Lz4Reader() override { LZ4F_freeDecompressionContext(context_); }
  Lz4Reader(const Lz4Reader&) = delete;
  Lz4Reader& operator=(const Lz4Reader&) = delete;

  /// Bytes behind the frame's end mark are ignored, as Java's reader does.
  Status decompress(ByteView compressed, OutputBuffer& output, std::size_t max_plain_bytes) override {
    LZ4F_resetDecompressionContext(context_);
    std::size_t wanted = first_plain_room(compressed.size());
    while (true) {
      const MutableBytes room = output.room(wanted);
      std::size_t produced = room.size();
      std::size_t consumed = compressed.size();
      const std::size_t hint = LZ4F_decompress(context_, room.data(), &produced, compressed.data(), &consumed, nullptr);
      if (LZ4F_isError(hint)) return fail_malformed("lz4", LZ4F_getErrorName(hint));
      output.advance(produced);
      compressed = compressed.subspan(consumed);
      if (output.size() > max_plain_bytes) return fail_too_large(max_plain_bytes);
      if (hint == 0) return {};
      if (consumed == 0 && produced == 0) return fail_malformed("lz4", "the bytes end early");
      wanted = kMorePlainRoom;
    }
  }

 private:
  LZ4F_dctx* context_ = nullptr;
};

class Lz4Writer final : public PlainWriter {
 public:
  Status compress(ByteView plain, OutputBuffer& output, int level) override {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences.compressionLevel = level;
    const MutableBytes room = output.room(LZ4F_compressFrameBound(plain.size(), &preferences));
    const std::size_t size = LZ4F_compressFrame(room.data(), room.size(), plain.data(), plain.size(), &preferences);
    SL_ASSERT(!LZ4F_isError(size));
    output.advance(size);
    return {};
  }
};

}  // namespace

std::unique_ptr<PlainReader> make_lz4_reader() { return std::make_unique<Lz4Reader>(); }
std::unique_ptr<PlainWriter> make_lz4_writer() { return std::make_unique<Lz4Writer>(); }

}  // namespace streamline::record
