// ObjectPool: objects that are used again instead of freed, so that a steady load allocates nothing. Belongs to one thread.
#pragma once

#include <memory>
#include <vector>

namespace streamline::broker {

template <class T>
class ObjectPool {
 public:
  /// At most `kept` idle objects are kept.
  explicit ObjectPool(std::size_t kept) : kept_(kept) {}

  /// An idle object, or a new one made from `arguments`. The caller owns it until give_back().
  template <class... Arguments>
  std::unique_ptr<T> take(Arguments&&... arguments) {
    if (idle_.empty()) return std::make_unique<T>(std::forward<Arguments>(arguments)...);
    std::unique_ptr<T> object = std::move(idle_.back());
    idle_.pop_back();
    return object;
  }
  void give_back(std::unique_ptr<T> object) {
    if (idle_.size() < kept_) idle_.push_back(std::move(object));
  }

 private:
  const std::size_t kept_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace streamline::broker
