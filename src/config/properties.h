// The loaded broker properties: a checked value and where it came from, for every row of the table.
// Immutable once loaded but for set(), which tests and the embedded broker use before they start anything, and set_layer() and adopt(),
// which make other ones for a broker that runs (Broker::properties()).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/property.h"

namespace streamline::config {

/// Rising precedence.
enum class Source : std::uint8_t { default_value, file, environment, flag };

/// What clients set while the broker runs: on all brokers, or, above that, on this one. Both above every source.
enum class Layer : std::uint8_t { all_brokers, this_broker };

struct Setting {
  std::string value;
  Source source = Source::default_value;
  std::string origin;  ///< "server.properties:12", "STREAMLINE_LOG_DIRS", "--listen"; for error texts
};

class Properties {
 public:
  /// Every property at its default.
  Properties() = default;

  using LayerMap = std::map<std::string, std::string, std::less<>>;
  /// Replaces a layer by these, whose values were checked and are in their one spelling.
  void set_layer(Layer layer, LayerMap settings);
  /// nullptr when it is not set in that layer.
  const std::string* find(Layer layer, std::string_view name) const;
  const LayerMap& layer(Layer layer) const { return layers_[static_cast<std::size_t>(layer)]; }

  /// What was loaded; nullptr when it stands at its default.
  const Setting* find(std::string_view name) const;
  /// The value as text: what clients set, else what was loaded, else the default; nullopt = unset. `name` must be in the table.
  std::optional<std::string_view> text(std::string_view name) const;
  Source source(std::string_view name) const;

  /// Typed values; `name` must be in the table, of that type, and have a value (a default, or set).
  bool boolean(std::string_view name) const;
  std::int32_t int32(std::string_view name) const;
  std::int64_t int64(std::string_view name) const;
  double real(std::string_view name) const;
  std::string string(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;

  /// Checks against the table and replaces a setting of the same or lower precedence. Errc::invalid_config, or not_found for an unknown
  /// name.
  Status set(std::string_view name, Setting setting);
  /// Takes what was loaded for that name elsewhere, or that nothing was. Layers stay.
  void adopt(std::string_view name, const Properties& from);

 private:
  std::map<std::string, Setting, std::less<>> settings_;
  std::array<LayerMap, 2> layers_;
};

/// Elements between commas, blanks around them removed, empty ones left out.
std::vector<std::string> split_list(std::string_view text);

}  // namespace streamline::config
