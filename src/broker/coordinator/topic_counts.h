// TopicCounts: what transactions may ask about topics, answered from one snapshot of the catalog, so that nothing changes within an
// operation. Guarded by the lock of the transaction partition that it belongs to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "catalog/catalog.h"
#include "transactions/sources.h"

namespace streamline::broker {

class TopicCounts final : public transactions::TopicLookup {
 public:
  explicit TopicCounts(const catalog::Catalog& catalog) : catalog_(catalog) {}

  /// Takes the newest snapshot; between operations.
  void refresh() {
    const std::uint64_t version = catalog_.version();
    if (topics_ != nullptr && version == version_) return;
    topics_ = catalog_.snapshot();
    version_ = version;
  }
  std::optional<std::int32_t> partitions_of(std::string_view topic) const override {
    const catalog::Topic* found = topics_->find(topic);
    return found == nullptr ? std::nullopt : std::optional(found->partition_count);
  }

 private:
  const catalog::Catalog& catalog_;
  std::shared_ptr<const catalog::TopicMap> topics_;
  std::uint64_t version_ = 0;
};

}  // namespace streamline::broker
