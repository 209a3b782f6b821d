// gzip by zlib. Members may follow each other, as Java's GZIPInputStream allows.
#define ZLIB_CONST
#include <zlib.h>

#include <limits>

#include "base/assert.h"
#include "record/compression/codec.h"

namespace streamline::record {

namespace {

/// zlib's window of 32 KiB with a gzip header around it.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;

const Bytef* input_of(ByteView bytes) { return reinterpret_cast<const Bytef*>(bytes.data()); }

uInt zlib_size(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max())); }

class GzipReader final : public PlainReader {
 public:
  GzipReader() { SL_ASSERT(inflateInit2(&stream_, kGzipWindowBits) == Z_OK); }
  ~GzipReader() override { inflateEnd(&stream_); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  Status decompress(ByteView compressed, OutputBuffer& output, std::size_t max_plain_bytes) override {
    inflateReset(&stream_);
    stream_.next_in = input_of(compressed);
    stream_.avail_in = zlib_size(compressed.size());
    std::size_t wanted = first_plain_room(compressed.size());
    while (true) {
      const MutableBytes room = output.room(wanted);
      stream_.next_out = reinterpret_cast<Bytef*>(room.data());
      stream_.avail_out = zlib_size(room.size());
      const uInt offered = stream_.avail_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      output.advance(offered - stream_.avail_out);
      if (output.size() > max_plain_bytes) return fail_too_large(max_plain_bytes);
      if (result == Z_STREAM_END) {
        if (stream_.avail_in == 0) return {};
        inflateReset(&stream_);
      } else if (result != Z_OK || (stream_.avail_in == 0 && stream_.avail_out != 0)) {
        return fail_malformed("gzip", stream_.msg != nullptr ? stream_.msg : "the bytes end early");
      }
      wanted = kMorePlainRoom;
    }
  }

 private:
  z_stream stream_{};
};

class GzipWriter final : public PlainWriter {
 public:
  GzipWriter() = default;
  ~GzipWriter() override { close(); }
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  Status compress(ByteView plain, OutputBuffer& output, int level) override {
    open(level);
    stream_.next_in = input_of(plain);
    stream_.avail_in = zlib_size(plain.size());
    const MutableBytes room = output.room(deflateBound(&stream_, static_cast<uLong>(plain.size())));
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = zlib_size(room.size());
    const uInt offered = stream_.avail_out;
    const int result = deflate(&stream_, Z_FINISH);
    SL_ASSERT(result == Z_STREAM_END);
    output.advance(offered - stream_.avail_out);
    return {};
  }

 private:
  /// A level is part of zlib's state: another one needs another state.
  void open(int level) {
    if (is_open_ && level == level_) {
      deflateReset(&stream_);
      return;
    }
    close();
    stream_ = {};
    SL_ASSERT(deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
    is_open_ = true;
    level_ = level;
  }
  void close() {
    if (is_open_) deflateEnd(&stream_);
    is_open_ = false;
  }

  z_stream stream_{};
  bool is_open_ = false;
  int level_ = 0;
};

}  // namespace

std::unique_ptr<PlainReader> make_gzip_reader() { return std::make_unique<GzipReader>(); }
std::unique_ptr<PlainWriter> make_gzip_writer() { return std::make_unique<GzipWriter>(); }

}  // namespace streamline::record
