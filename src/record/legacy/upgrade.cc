// From messages to records of one batch.
#include "record/legacy/upgrade.h"

#include <fmt/format.h>

#include <utility>

#include "record/legacy/lz4_checksum.h"

namespace streamline::record::legacy {

namespace {

Status check_outer(const Message& message, std::size_t max_message_bytes) {
  if (message.encoded_size() > max_message_bytes) {
    return fail(Errc::too_large,
                fmt::format("message of {} bytes is larger than max.message.bytes={}", message.encoded_size(), max_message_bytes));
  }
  if (message.timestamp_type() == TimestampType::log_append_time) {
    return fail(Errc::invalid_timestamp, "the message says LogAppendTime, which only a broker may");
  }
  if (message.codec() > Codec::lz4) {
    return fail(Errc::invalid_record,
                fmt::format("codec number {} is unknown to message format {}", static_cast<int>(message.codec()), message.magic));
  }
  return {};
}

}  // namespace

Result<UpgradedSet> Upgrade::run(ByteView set) {
  builder_ = BatchBuilder();
  UpgradedSet upgraded;
  for (std::size_t outer = 0;; ++outer) {
    auto message = read_message(set);
    if (!message) return fail_with(std::move(message));
    if (!*message) break;
    if (Status checked = check_outer(**message, limits_.max_message_bytes); !checked) return fail_with(std::move(checked));
    const bool wrapped = (*message)->codec() != Codec::none;
    if (outer > 0 && (wrapped || upgraded.codec != Codec::none)) {
      return fail(Errc::invalid_record, "a compressed message must be alone in its message set");
    }
    if (wrapped) {
      upgraded.codec = (*message)->codec();
      if (Status added = add_wrapped(**message); !added) return fail_with(std::move(added));
    } else {
      add(**message);
    }
    set = set.subspan((*message)->encoded_size());
  }
  if (builder_.count() == 0) return upgraded;
  auto batch = builder_.finish();
  if (!batch) return fail_with(std::move(batch));
  upgraded.batch = *std::move(batch);
  return upgraded;
}

void Upgrade::add(const Message& message) {
  builder_.add({.timestamp = message.timestamp, .key = message.key, .value = message.value, .headers = {}});
}

Result<ByteView> Upgrade::open(const Message& wrapper) {
  if (!wrapper.value) return fail(Errc::invalid_record, "a compressed message has no value");
  ByteView compressed = *wrapper.value;
  if (wrapper.codec() == Codec::lz4 && wrapper.magic == 0) {
    repaired_.assign(compressed.begin(), compressed.end());
    set_right_checksum(repaired_);
    compressed = repaired_;
  }
  auto plain = decompressor_.decompress(wrapper.codec(), compressed);
  if (!plain && plain.error().code == Errc::malformed) return fail(Errc::corrupt, std::move(plain.error().text));
  return plain;
}

Status Upgrade::add_wrapped(const Message& wrapper) {
  auto plain = open(wrapper);
  if (!plain) return fail_with(std::move(plain));
  for (ByteView rest = *plain; !rest.empty();) {
    auto message = read_message(rest);
    if (!message) return fail(message.error().code, fmt::format("inside a compressed message: {}", message.error().text));
    if (!*message) return fail(Errc::invalid_record, "a compressed message ends inside of a message");
    if ((*message)->magic != wrapper.magic) {
      return fail(Errc::invalid_record, fmt::format("a message of format {} inside of one of format {}", (*message)->magic, wrapper.magic));
    }
    if ((*message)->codec() != Codec::none) return fail(Errc::invalid_record, "a compressed message inside of a compressed one");
    add(**message);
    rest = rest.subspan((*message)->encoded_size());
  }
  if (builder_.count() == 0) return fail(Errc::invalid_record, "a compressed message holds no message");
  return {};
}

}  // namespace streamline::record::legacy
