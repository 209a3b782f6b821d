// The property table itself, and the check of one value.
#include "config/property.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "config/kafka_keys.h"
#include "config/properties.h"
#include "config/values.h"

namespace streamline::config {

namespace {
std::string refusal(std::string_view key, std::string_view value) {
  const Status checked = check_value(*find_topic_property(key), value);
  return checked ? "accepted" : checked.error().text;
}
}  // namespace

TEST_CASE("every row of the table has a text and a default that passes its own check") {
  std::set<std::string_view> names;
  for (const Property* property : broker_properties()) {
    INFO(property->name);
    CHECK(names.insert(property->name).second);
    CHECK_FALSE(property->text.empty());
    if (property->default_value) CHECK(check_value(*property, *property->default_value).has_value());
    if (!property->alias_of.empty()) CHECK(find_broker_property(property->alias_of) != nullptr);
  }
  for (const Property& property : topic_properties()) {
    INFO(property.name);
    CHECK_FALSE(property.text.empty());
    REQUIRE(property.default_value.has_value());
    CHECK(check_value(property, *property.default_value).has_value());
  }
}

TEST_CASE("topic keys are sorted by name, and look-up finds each") {
  CHECK(std::ranges::is_sorted(topic_properties(), {}, &Property::name));
  for (const Property& property : topic_properties()) CHECK(find_topic_property(property.name) == &property);
  CHECK(find_topic_property("nothing.like.it") == nullptr);
}

TEST_CASE("every twin of a topic key is a broker property whose default gives the key's default") {
  for (const Property& property : topic_properties()) {
    INFO(property.name);
    for (const Twin& twin : property.twins) {
      if (twin.name.empty()) continue;
      REQUIRE(find_broker_property(twin.name) != nullptr);
      const auto text = find_broker_property(twin.name)->default_value;
      if (text && twin.factor == 1) CHECK(*text == *property.default_value);
      if (text && twin.factor != 1) CHECK(parse_integer(*text).value() * twin.factor == parse_integer(*property.default_value).value());
    }
  }
}

TEST_CASE("Kafka's ignored keys are sorted and none of them is a property") {
  const auto keys = ignored_kafka_keys();
  CHECK(std::ranges::is_sorted(keys));
  for (const std::string_view key : keys) {
    INFO(key);
    CHECK(find_broker_property(key) == nullptr);
    CHECK(is_ignored_kafka_key(key));
  }
  CHECK(is_ignored_kafka_key("process.roles"));
  CHECK(is_ignored_kafka_key("zookeeper.connect"));
  CHECK(is_ignored_kafka_key("listener.name.internal.ssl.keystore.location"));
  CHECK_FALSE(is_ignored_kafka_key("num.partition"));
}

TEST_CASE("a refused value is explained in Kafka 4.3.1's words") {
  CHECK(refusal("retention.ms", "abc") == "Invalid value abc for configuration retention.ms: Not a number of type LONG");
  CHECK(refusal("retention.ms", "") == "Invalid value  for configuration retention.ms: Not a number of type LONG");
  CHECK(refusal("retention.ms", "0x10") == "Invalid value 0x10 for configuration retention.ms: Not a number of type LONG");
  CHECK(refusal("retention.ms", "-2") == "Invalid value -2 for configuration retention.ms: Value must be at least -1");
  CHECK(refusal("segment.bytes", "99999999999") == "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT");
  CHECK(refusal("cleanup.policy", "delete,foo") ==
        "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete");
  CHECK(refusal("compression.type", "zip") ==
        "Invalid value zip for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer");
  CHECK(refusal("preallocate", "yes") == "Invalid value yes for configuration preallocate: Expected value to be either true or false");
  CHECK(refusal("min.cleanable.dirty.ratio", "2") ==
        "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1");
  CHECK(refusal("min.cleanable.dirty.ratio", "x") ==
        "Invalid value x for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE");
  CHECK(refusal("min.cleanable.dirty.ratio", "nan") ==
        "Invalid value nan for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE");
  CHECK(refusal("compression.gzip.level", "0") ==
        "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1");
  CHECK(refusal("compression.zstd.level", "99") ==
        "Invalid value 99 for configuration compression.zstd.level: Value must be no more than 22");
}

TEST_CASE("values are taken as Java takes them") {
  for (const auto& [key, value] : std::vector<std::pair<const char*, const char*>>{{"retention.ms", " 5 "},
                                                                                   {"retention.ms", "+5"},
                                                                                   {"preallocate", "TRUE"},
                                                                                   {"cleanup.policy", " compact , delete "},
                                                                                   {"cleanup.policy", ""},
                                                                                   {"min.cleanable.dirty.ratio", "1e-1"},
                                                                                   {"retention.bytes", "-5"},
                                                                                   {"compression.gzip.level", "-1"}}) {
    INFO(key << "=" << value);
    CHECK(refusal(key, value) == "accepted");
  }
  CHECK(canonical_value(*find_topic_property("retention.ms"), " +5 ") == "5");
  CHECK(canonical_value(*find_topic_property("preallocate"), "TRUE") == "true");
  CHECK(canonical_value(*find_topic_property("cleanup.policy"), " compact , delete ") == "compact,delete");
  CHECK(canonical_value(*find_topic_property("min.cleanable.dirty.ratio"), "1") == "1.0");
}

TEST_CASE("numbers at the ends of their type are taken, one beyond is not") {
  const Property& property = *find_topic_property("flush.ms");
  CHECK(check_value(property, "9223372036854775807").has_value());
  CHECK_FALSE(check_value(property, "9223372036854775808").has_value());
  CHECK(check_value(*find_topic_property("max.message.bytes"), "2147483647").has_value());
  CHECK_FALSE(check_value(*find_topic_property("max.message.bytes"), "2147483648").has_value());
}

TEST_CASE("the nearest key is the one with the fewest changed letters") {
  CHECK(nearest_key("num.partition") == "num.partitions");
  CHECK(nearest_key("listner") == "listeners");
  CHECK(nearest_key("log.segments.byte") == "log.segment.bytes");
}

TEST_CASE("the range is shown as Kafka's documentation shows it") {
  CHECK(range_text(*find_topic_property("segment.bytes")) == "[1048576,...]");
  CHECK(range_text(*find_topic_property("min.cleanable.dirty.ratio")) == "[0,...,1]");
  CHECK(range_text(*find_topic_property("cleanup.policy")) == "[compact, delete]");
  CHECK(range_text(*find_topic_property("compression.gzip.level")) == "[1,...,9] or -1");
  CHECK(range_text(*find_topic_property("retention.bytes")).empty());
}

}  // namespace streamline::config
