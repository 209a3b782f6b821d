// FetchConversion: the response to a Fetch of version 0 to 3, whose batches become message sets of format 0 or 1 on the pool
// (kafka-rules 85): it reads, converts and encodes there, and hands the bytes to the connection afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/pool_work.h"
#include "net/frame_handler.h"
#include "record/compression.h"
#include "record/legacy/downgrade.h"
#include "storage/read_plan.h"
#include "wire/error_code.h"

namespace streamline::broker {

class Partition;

class FetchConversion final : public PoolWork {
 public:
  struct Target {
    net::Slot slot;
    std::int16_t version = 0;
    std::int32_t correlation_id = 0;
    /// Of the whole response; from version 3 on.
    std::int64_t max_bytes = 0;
  };
  struct Part {
    std::string topic{};
    std::int32_t index = 0;
    wire::ErrorCode error = wire::ErrorCode::none;
    Offset high_watermark = kNoOffset;
    Offset fetch_offset{0};
    std::int64_t max_bytes = 0;
    /// Null when there is nothing to read.
    std::shared_ptr<Partition> partition{};
    storage::ReadPlan plan{};
    /// The result.
    std::vector<std::byte> records{};
  };

  explicit FetchConversion(const Target& target) : target_(target) {}
  void add(Part part);

  std::size_t bytes() const override { return plan_bytes_; }
  void run(Broker& broker) override;
  void complete(Shard& shard) override;

 private:
  record::legacy::Downgrade::Options options_for(const Part& part) const;
  void convert(Part& part);
  /// Adds what the plan holds; an error of ours or Room::used_up ends the set.
  Result<record::legacy::Downgrade::Room> add_plan(const storage::ReadPlan& plan, record::legacy::Downgrade& conversion);
  Result<record::legacy::Downgrade::Room> add_run(const storage::ReadRun& run, record::legacy::Downgrade& conversion);
  void encode();

  const Target target_;
  std::vector<Part> parts_;
  std::size_t plan_bytes_ = 0;
  std::int64_t left_bytes_ = 0;
  record::Decompressor decompressor_;
  record::Compressor compressor_;
  std::vector<std::byte> read_;
  std::vector<std::byte> reply_;
};

}  // namespace streamline::broker
