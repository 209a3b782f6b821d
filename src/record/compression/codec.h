// What the four codecs have in common inside this room.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "record/compression/output_buffer.h"

namespace streamline::record {

/// A codec's working state in one direction; made on first use and kept. Belongs to one thread.
class PlainReader {
 public:
  virtual ~PlainReader() = default;
  /// Appends the plain bytes to the cleared `output`, at most max_plain_bytes of them.
  virtual Status decompress(ByteView compressed, OutputBuffer& output, std::size_t max_plain_bytes) = 0;
};

class PlainWriter {
 public:
  virtual ~PlainWriter() = default;
  /// Appends the compressed bytes to the cleared `output`; `level` has been checked.
  virtual Status compress(ByteView plain, OutputBuffer& output, int level) = 0;
};

std::unique_ptr<PlainReader> make_gzip_reader();
std::unique_ptr<PlainReader> make_snappy_reader();
std::unique_ptr<PlainReader> make_lz4_reader();
std::unique_ptr<PlainReader> make_zstd_reader();
std::unique_ptr<PlainWriter> make_gzip_writer();
std::unique_ptr<PlainWriter> make_snappy_writer();
std::unique_ptr<PlainWriter> make_lz4_writer();
std::unique_ptr<PlainWriter> make_zstd_writer();

/// Errors that every codec has.
std::unexpected<Error> fail_malformed(const char* codec, const char* reason);
std::unexpected<Error> fail_too_large(std::size_t max_plain_bytes);

}  // namespace streamline::record
