// MetricsData { ResourceMetrics 1 } > { ScopeMetrics 2 } > { Metric 2 } > { name 1, Gauge 5 | Sum 7 } > { NumberDataPoint 1 } >
// { as_double 4 | as_int 6 }. Every other field is stepped over.
#include "broker/otlp_metrics.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace streamline::broker {

namespace {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t scalar = 0;  ///< of varint and fixed64
  ByteView bytes{};          ///< of length
};

/// Fields of one message, in order. Broken bytes end it with ok() false.
class Fields {
 public:
  explicit Fields(ByteView bytes) : bytes_(bytes) {}

  std::optional<Field> next() {
    if (bytes_.empty() || !ok_) return std::nullopt;
    Field field;
    const std::uint64_t tag = varint();
    field.number = tag >> 3;
    field.type = static_cast<WireType>(tag & 7);
    switch (field.type) {
      case WireType::varint: field.scalar = varint(); break;
      case WireType::fixed64: field.scalar = fixed(8); break;
      case WireType::fixed32: field.scalar = fixed(4); break;
      case WireType::length: field.bytes = take(varint()); break;
      default: ok_ = false;
    }
    if (!ok_) return std::nullopt;
    return field;
  }
  bool ok() const { return ok_; }

 private:
  ByteView take(std::uint64_t count) {
    ok_ = ok_ && count <= bytes_.size();
    if (!ok_) return {};
    const ByteView taken = bytes_.first(static_cast<std::size_t>(count));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const ByteView byte = take(1);
      if (byte.empty()) return 0;
      value |= (std::to_integer<std::uint64_t>(byte[0]) & 0x7F) << shift;
      if ((byte[0] & std::byte{0x80}) == std::byte{}) return value;
    }
    ok_ = false;
    return 0;
  }
  std::uint64_t fixed(std::size_t size) {
    const ByteView raw = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = raw.size(); i > 0; --i) value = value << 8 | std::to_integer<std::uint64_t>(raw[i - 1]);
    return value;
  }

  ByteView bytes_;
  bool ok_ = true;
};

constexpr std::uint64_t kResourceMetrics = 1;
constexpr std::uint64_t kScopeMetrics = 2;
constexpr std::uint64_t kMetric = 2;
constexpr std::uint64_t kName = 1;
constexpr std::uint64_t kGauge = 5;
constexpr std::uint64_t kSum = 7;
constexpr std::uint64_t kPoint = 1;
constexpr std::uint64_t kAsDouble = 4;
constexpr std::uint64_t kAsInt = 6;

/// Calls `inner` with the bytes of each field of that number.
template <class Inner>
bool each(ByteView message, std::uint64_t number, Inner inner) {
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == number && field->type == WireType::length && !inner(field->bytes)) return false;
  }
  return fields.ok();
}

bool read_point(ByteView point, double& value) {
  Fields fields(point);
  while (const auto field = fields.next()) {
    if (field->type != WireType::fixed64) continue;
    if (field->number == kAsDouble) value = std::bit_cast<double>(field->scalar);
    if (field->number == kAsInt) value = static_cast<double>(static_cast<std::int64_t>(field->scalar));
  }
  return fields.ok();
}

bool read_points(ByteView points, double& value) {
  bool is_first = true;
  return each(points, kPoint, [&](ByteView point) {
    double read = 0;
    if (!read_point(point, read)) return false;
    if (is_first) value = read;
    is_first = false;
    return true;
  });
}

bool read_metric(ByteView bytes, ClientMetric& metric) {
  Fields fields(bytes);
  while (const auto field = fields.next()) {
    if (field->type != WireType::length) continue;
    if (field->number == kName) metric.name = as_text(field->bytes);
    if ((field->number == kGauge || field->number == kSum) && !read_points(field->bytes, metric.value)) return false;
  }
  return fields.ok();
}

}  // namespace

bool for_each_metric(ByteView metrics_data, const std::function<void(const ClientMetric&)>& visit) {
  return each(metrics_data, kResourceMetrics, [&](ByteView resource) {
    return each(resource, kScopeMetrics, [&](ByteView scope) {
      return each(scope, kMetric, [&](ByteView bytes) {
        ClientMetric metric;
        if (!read_metric(bytes, metric)) return false;
        visit(metric);
        return true;
      });
    });
  });
}

}  // namespace streamline::broker
