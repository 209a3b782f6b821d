// A ring of elements that carry their own links.
#include "base/intrusive_list.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using namespace streamline;

namespace {

struct Element : ListHook {
  explicit Element(int number) : value(number) {}
  int value;
};

std::vector<int> values_of(IntrusiveList<Element>& list) {
  std::vector<int> values;
  for (Element* element = list.front(); element != nullptr; element = list.next(*element)) values.push_back(element->value);
  return values;
}

using Values = std::vector<int>;

}  // namespace

TEST_CASE("elements come out in the order they went in") {
  Element a(1);
  Element b(2);
  IntrusiveList<Element> list;
  CHECK(list.empty());
  CHECK(list.pop_front() == nullptr);
  list.push_back(a);
  list.push_back(b);
  CHECK(values_of(list) == Values{1, 2});
  CHECK(list.pop_front() == &a);
  CHECK_FALSE(a.linked());
  CHECK(list.pop_front() == &b);
  CHECK(list.empty());
}

TEST_CASE("an element leaves from anywhere, also by being destroyed") {
  Element a(1);
  auto b = std::make_unique<Element>(2);
  Element c(3);
  IntrusiveList<Element> list;
  list.push_back(a);
  list.push_back(*b);
  list.push_back(c);
  b.reset();
  CHECK(values_of(list) == Values{1, 3});
  a.unlink();
  a.unlink();
  CHECK(values_of(list) == Values{3});
  list.push_back(a);
  CHECK(values_of(list) == Values{3, 1});
}

TEST_CASE("elements may outlive their list") {
  Element a(1);
  {
    IntrusiveList<Element> list;
    list.push_back(a);
  }
  CHECK_FALSE(a.linked());
}
