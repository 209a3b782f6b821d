// What stands before each response body: the correlation id, in the header version that the API and version ask for.
#pragma once

#include <cstdint>

#include "base/assert.h"
#include "wire/frame.h"

namespace streamline::broker {

/// Longer texts about errors are cut: they may quote what a client has sent.
inline constexpr std::size_t kMaxErrorText = 1024;

class ResponsePrefix {
 public:
  ResponsePrefix(wire::ApiKey key, std::int16_t version, std::int32_t correlation_id) {
    header_.correlation_id = correlation_id;
    const auto* api = wire::find_api(static_cast<std::int16_t>(key));
    SL_ASSERT(api != nullptr);
    version_ = wire::response_header_version(*api, version);
  }
  std::size_t size() const { return header_.encoded_size(version_); }
  void write(wire::Writer& out) const { header_.encode(out, version_); }

 private:
  wire::ResponseHeader header_;
  std::int16_t version_ = 0;
};

}  // namespace streamline::broker
