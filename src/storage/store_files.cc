// Bytes of meta.json and producer-ids.
#include "storage/store_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/crc32c.h"

namespace streamline::storage {
namespace {
constexpr std::uint32_t kProducerIdsMagic = 0x44495453;
constexpr std::uint16_t kProducerIdsVersion = 1;
constexpr std::size_t kProducerIdsBytes = 20;
}  // namespace

std::string encode(const StoreMeta& meta) {
  return fmt::format("{{\n  \"format_version\": {},\n  \"cluster_id\": \"{}\",\n  \"node_id\": {}\n}}\n", meta.format_version,
                     meta.cluster_id.to_string(), meta.node_id.value);
}

Result<StoreMeta> decode_store_meta(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(Errc::corrupt, "meta.json is not a JSON object");
  const auto version = json.find("format_version");
  if (version == json.end() || !version->is_number_integer()) return fail(Errc::corrupt, "meta.json has no format_version");
  if (version->get<std::int64_t>() != kFormatVersion) {
    return fail(Errc::unsupported, fmt::format("the directory has format version {}; this program reads version {}",
                                               version->get<std::int64_t>(), kFormatVersion));
  }
  const auto cluster = json.find("cluster_id");
  const auto node = json.find("node_id");
  if (cluster == json.end() || !cluster->is_string() || node == json.end() || !node->is_number_integer()) {
    return fail(Errc::corrupt, "meta.json lacks cluster_id or node_id");
  }
  Result<Uuid> id = Uuid::parse(cluster->get_ref<const std::string&>());
  if (!id) return fail(Errc::corrupt, "meta.json has a cluster_id that is none");
  return StoreMeta{kFormatVersion, *id, NodeId(node->get<std::int32_t>())};
}

std::vector<std::byte> encode_next_producer_id(ProducerId next) {
  std::vector<std::byte> bytes(kProducerIdsBytes);
  store_le(bytes.data(), kProducerIdsMagic);
  store_le(bytes.data() + 4, kProducerIdsVersion);
  store_le(bytes.data() + 8, next.value);
  store_le(bytes.data() + 16, crc32c(ByteView(bytes).first(16)));
  return bytes;
}

Result<ProducerId> decode_next_producer_id(ByteView bytes) {
  if (bytes.size() != kProducerIdsBytes || load_le<std::uint32_t>(bytes.data()) != kProducerIdsMagic ||
      load_le<std::uint32_t>(bytes.data() + 16) != crc32c(bytes.first(16))) {
    return fail(Errc::corrupt, "producer-ids is damaged; ids may have been handed out up to any number");
  }
  if (load_le<std::uint16_t>(bytes.data() + 4) != kProducerIdsVersion) return fail(Errc::unsupported, "producer-ids of another version");
  return ProducerId(load_le<std::int64_t>(bytes.data() + 8));
}

}  // namespace streamline::storage
