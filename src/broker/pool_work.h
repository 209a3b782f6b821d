// PoolWork: what leaves its reactor for the pool and comes back with its result.
#pragma once

#include <cstddef>

namespace streamline::broker {

class Broker;
class Shard;

class PoolWork {
 public:
  virtual ~PoolWork() = default;
  /// Memory that it holds while it is away; the shard bounds the sum.
  virtual std::size_t bytes() const = 0;
  /// On a pool thread.
  virtual void run(Broker& broker) = 0;
  /// On the reactor's thread, afterwards; not called once the reactor has ended. The work lives until the end of that turn.
  virtual void complete(Shard& shard) = 0;
};

}  // namespace streamline::broker
