// The two thresholds and their way back.
#include "broker/disk_guard.h"

#include <fmt/format.h>

#include "base/log.h"

namespace streamline::broker {

Error DiskGuard::refusal() const {
  return {Errc::no_space, fmt::format("the disk is full: {} bytes are free and writes are refused below {} (storage.min.free.bytes); "
                                      "delete records or topics, or add space, and writes go on by themselves",
                                      free_bytes_.load(std::memory_order_relaxed), thresholds_.full_bytes)};
}

/// A level is left only with an eighth to spare, so that a disk at the border is not told of twice a second.
DiskGuard::Level DiskGuard::judge(std::uint64_t free_bytes) const {
  const auto below = [&](std::uint64_t threshold, bool was_below) { return free_bytes < threshold + (was_below ? threshold / 8 : 0); };
  const Level before = level();
  if (below(thresholds_.full_bytes, before == Level::full)) return Level::full;
  return below(thresholds_.low_bytes, before != Level::fine) ? Level::low : Level::fine;
}

DiskGuard::Level DiskGuard::check() {
  const std::lock_guard guard(check_mutex_);
  const Result<std::uint64_t> free = files_.free_bytes(directory_);
  if (!free) {
    log::debug("storage", "cannot tell the free space error={}", free.error().text);
    return level();
  }
  free_bytes_.store(*free, std::memory_order_relaxed);
  const Level before = level();
  const Level now = judge(*free);
  level_.store(now, std::memory_order_relaxed);
  if (now == before) return now;
  if (now == Level::full) {
    log::error("storage", "disk is full, writes are refused until there is room directory={} free_bytes={} storage.min.free.bytes={}",
               directory_, *free, thresholds_.full_bytes);
  } else if (before == Level::full) {
    log::warn("storage", "disk has room again, writes go on directory={} free_bytes={}", directory_, *free);
  } else if (now == Level::low) {
    log::warn("storage", "disk is getting full directory={} free_bytes={} storage.space.alert.free.bytes={}", directory_, *free,
              thresholds_.low_bytes);
  } else {
    log::info("storage", "disk has enough room again directory={} free_bytes={}", directory_, *free);
  }
  return now;
}

}  // namespace streamline::broker
