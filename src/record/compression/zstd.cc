// Zstandard frames; several may follow each other.
#include <zstd.h>

#include "base/assert.h"
#include "record/compression/codec.h"

namespace streamline::record {

namespace {

/// Largest window that is decoded: zstd's own limit for streams, and the widest that levels up to 22 write.
constexpr int kMaxWindowLog = 27;

class ZstdReader final : public PlainReader {
 public:
  ZstdReader() : context_(ZSTD_createDCtx()) {
    SL_ASSERT(context_ != nullptr);
    SL_ASSERT(!ZSTD_isError(ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxWindowLog)));
  }
  ~ZstdReader() override { ZSTD_freeDCtx(context_); }
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  Status decompress(ByteView compressed, OutputBuffer& output, std::size_t max_plain_bytes) override {
    ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
    ZSTD_inBuffer in{.src = compressed.data(), .size = compressed.size(), .pos = 0};
    std::size_t wanted = first_plain_room(compressed.size());
    while (true) {
      const MutableBytes room = output.room(wanted);
      ZSTD_outBuffer out{.dst = room.data(), .size = room.size(), .pos = 0};
      const std::size_t hint = ZSTD_decompressStream(context_, &out, &in);
      if (ZSTD_isError(hint)) return fail_malformed("zstd", ZSTD_getErrorName(hint));
      output.advance(out.pos);
      if (output.size() > max_plain_bytes) return fail_too_large(max_plain_bytes);
      if (in.pos == in.size) {
        if (hint == 0) return {};
        if (out.pos < out.size) return fail_malformed("zstd", "the bytes end early");
      }
      wanted = kMorePlainRoom;
    }
  }

 private:
  ZSTD_DCtx* context_;
};

class ZstdWriter final : public PlainWriter {
 public:
  ZstdWriter() : context_(ZSTD_createCCtx()) { SL_ASSERT(context_ != nullptr); }
  ~ZstdWriter() override { ZSTD_freeCCtx(context_); }
  ZstdWriter(const ZstdWriter&) = delete;
  ZstdWriter& operator=(const ZstdWriter&) = delete;

  Status compress(ByteView plain, OutputBuffer& output, int level) override {
    const MutableBytes room = output.room(ZSTD_compressBound(plain.size()));
    const std::size_t size = ZSTD_compressCCtx(context_, room.data(), room.size(), plain.data(), plain.size(), level);
    SL_ASSERT(!ZSTD_isError(size));
    output.advance(size);
    return {};
  }

 private:
  ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<PlainReader> make_zstd_reader() { return std::make_unique<ZstdReader>(); }
std::unique_ptr<PlainWriter> make_zstd_writer() { return std::make_unique<ZstdWriter>(); }

}  // namespace streamline::record
