// Arrays of any item type, for the generated code.
#pragma once

#include "wire/reader.h"
#include "wire/tags.h"
#include "wire/writer.h"

namespace streamline::wire {

/// A struct of a message: it says how small it can be on the wire, and reads and puts itself.
template <class T>
concept MessageStruct = requires { T::kMinWireSize; };

template <class T>
constexpr std::size_t min_wire_size(Encoding encoding) {
  if constexpr (MessageStruct<T>)
    return T::kMinWireSize;
  else if constexpr (std::is_same_v<T, std::string_view>)
    return encoding == Encoding::compact ? 1 : 2;
  else if constexpr (std::is_same_v<T, ByteView>)
    return encoding == Encoding::compact ? 1 : 4;
  else
    return sizeof(T);
}

template <class T>
void read_item(Reader& in, [[maybe_unused]] Encoding encoding, [[maybe_unused]] std::int16_t v, [[maybe_unused]] Arena& arena, T& item) {
  if constexpr (MessageStruct<T>)
    item.read(in, v, arena);
  else if constexpr (std::is_same_v<T, std::string_view>)
    item = in.string(encoding);
  else if constexpr (std::is_same_v<T, ByteView>)
    item = in.bytes(encoding);
  else if constexpr (std::is_same_v<T, Uuid>)
    item = in.uuid();
  else if constexpr (std::is_same_v<T, std::int8_t>)
    item = in.int8();
  else if constexpr (std::is_same_v<T, std::int16_t>)
    item = in.int16();
  else if constexpr (std::is_same_v<T, std::int32_t>)
    item = in.int32();
  else
    item = in.int64();
}

template <class T>
std::optional<std::span<T>> read_nullable_array(Reader& in, Encoding encoding, std::int16_t v, Arena& arena) {
  const auto count = in.array_count(encoding, {.wire = min_wire_size<T>(encoding), .memory = sizeof(T)});
  if (!count) return std::nullopt;
  const std::span<T> items = arena.make_array<T>(*count);
  for (T& item : items) {
    read_item(in, encoding, v, arena, item);
    if (!in.ok()) break;
  }
  return items;
}

template <class T>
std::span<T> read_array(Reader& in, Encoding encoding, std::int16_t v, Arena& arena) {
  const auto items = read_nullable_array<T>(in, encoding, v, arena);
  if (items) return *items;
  in.reject("null in an array that must not be null");
  return {};
}

template <class Sink, class T>
void put_item(Sink& out, [[maybe_unused]] Encoding encoding, [[maybe_unused]] std::int16_t v, const T& item) {
  if constexpr (MessageStruct<T>)
    item.put(out, v);
  else if constexpr (std::is_same_v<T, std::string_view>)
    put_string(out, encoding, item);
  else if constexpr (std::is_same_v<T, ByteView>)
    put_bytes(out, encoding, item);
  else if constexpr (std::is_same_v<T, Uuid>)
    out.uuid(item);
  else if constexpr (std::is_same_v<T, std::int8_t>)
    out.int8(item);
  else if constexpr (std::is_same_v<T, std::int16_t>)
    out.int16(item);
  else if constexpr (std::is_same_v<T, std::int32_t>)
    out.int32(item);
  else
    out.int64(item);
}

template <class Sink, class T>
void put_array(Sink& out, Encoding encoding, std::int16_t v, std::span<T> items) {
  out.length(encoding, items.size());
  for (const T& item : items) put_item(out, encoding, v, item);
}

template <class Sink, class T>
void put_nullable_array(Sink& out, Encoding encoding, std::int16_t v, const std::optional<std::span<T>>& items) {
  if (items)
    put_array(out, encoding, v, *items);
  else
    out.null(encoding);
}

template <class T>
void read_nullable_struct(Reader& in, std::int16_t v, Arena& arena, std::optional<T>& value) {
  value.reset();
  if (in.nullable_struct_follows()) value.emplace().read(in, v, arena);
}

template <class Sink, class T>
void put_nullable_struct(Sink& out, std::int16_t v, const std::optional<T>& value) {
  out.int8(value ? 1 : -1);
  if (value) value->put(out, v);
}

}  // namespace streamline::wire
