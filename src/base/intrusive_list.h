// IntrusiveList: a doubly linked ring whose links live in the elements: no allocation, removal in O(1) from anywhere.
#pragma once

#include "base/assert.h"

namespace streamline {

/// Base of an element. It leaves its list when destroyed. Belongs to the thread of its list.
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { unlink(); }

  bool linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  ListHook* next_ = this;
  ListHook* previous_ = this;
};

/// T derives from ListHook. The list owns nothing.
template <class T>
class IntrusiveList {
 public:
  bool empty() const { return !ring_.linked(); }
  void push_back(T& element) {
    ListHook& hook = element;
    SL_ASSERT(!hook.linked());
    hook.previous_ = ring_.previous_;
    hook.next_ = &ring_;
    ring_.previous_->next_ = &hook;
    ring_.previous_ = &hook;
  }
  T* front() { return empty() ? nullptr : static_cast<T*>(ring_.next_); }
  /// The element behind `element`, or null.
  T* next(T& element) {
    ListHook* hook = static_cast<ListHook&>(element).next_;
    return hook == &ring_ ? nullptr : static_cast<T*>(hook);
  }
  T* pop_front() {
    T* first = front();
    if (first != nullptr) static_cast<ListHook*>(first)->unlink();
    return first;
  }

 private:
  ListHook ring_;
};

}  // namespace streamline
