// CatalogTopics: what groups may ask about topics, answered from one snapshot of the catalog, so that nothing changes within an
// operation. Guarded by the lock of the group partition that it belongs to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "catalog/catalog.h"
#include "groups/topics.h"

namespace streamline::broker {

class CatalogTopics final : public groups::TopicLookup {
 public:
  enum class Knows : std::uint8_t { all, not_all };
  CatalogTopics(const catalog::Catalog& catalog, Knows knows) : catalog_(catalog), knows_(knows) {}

  /// Takes the newest snapshot; between operations.
  void refresh();

  std::optional<groups::TopicFacts> by_name(std::string_view name) const override;
  std::optional<groups::TopicFacts> by_id(const TopicId& id) const override;
  void for_each(const std::function<void(const groups::TopicFacts&)>& visit) const override;
  std::uint64_t version() const override { return version_; }
  bool is_complete() const override { return knows_ == Knows::all; }

 private:
  const catalog::Catalog& catalog_;
  const Knows knows_;
  std::shared_ptr<const catalog::TopicMap> topics_;
  std::uint64_t version_ = 0;
};

}  // namespace streamline::broker
