// Names of types are looked for from the inside outwards, as in C++.
#include "schemas/proto_schema.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamline::cli {

namespace {

struct Target {
  ProtoKind kind = ProtoKind::message;
  std::size_t index = 0;
};
using Targets = std::map<std::string, Target, std::less<>>;

std::optional<Target> look_up(const Targets& targets, std::string_view scope, std::string_view name) {
  if (name.starts_with('.')) {
    const auto found = targets.find(name.substr(1));
    return found == targets.end() ? std::nullopt : std::optional(found->second);
  }
  while (true) {
    const auto found = targets.find(scope.empty() ? std::string(name) : fmt::format("{}.{}", scope, name));
    if (found != targets.end()) return found->second;
    if (scope.empty()) return std::nullopt;
    const std::size_t dot = scope.rfind('.');
    scope = dot == std::string_view::npos ? std::string_view() : scope.substr(0, dot);
  }
}

}  // namespace

std::size_t ProtoSchema::add(ProtoMessage message) {
  messages_.push_back(std::move(message));
  return messages_.size() - 1;
}

Status ProtoSchema::link() {
  Targets targets;
  for (std::size_t i = 0; i < messages_.size(); ++i) targets[messages_[i].name] = {.kind = ProtoKind::message, .index = i};
  for (std::size_t i = 0; i < enums_.size(); ++i) targets[enums_[i].name] = {.kind = ProtoKind::enumeration, .index = i};
  for (ProtoMessage& message : messages_) {
    for (auto& [number, field] : message.fields) {
      if (field.type_name.empty()) continue;
      const auto target = look_up(targets, message.name, field.type_name);
      if (!target)
        return fail(Errc::malformed, fmt::format("field '{}' of '{}': there is no type '{}'", field.name, message.name, field.type_name));
      const bool is_group = field.kind == ProtoKind::group && target->kind == ProtoKind::message;
      if (!is_group) field.kind = target->kind;
      field.type = target->index;
    }
  }
  return {};
}

Result<std::size_t> ProtoSchema::find(std::string_view name) const {
  std::vector<std::string> known;
  for (const std::size_t index : outermost) known.push_back(messages_[index].name);
  if (name.empty()) {
    if (outermost.size() == 1) return outermost.front();
    return fail(Errc::invalid_argument, fmt::format("say which message it is behind a #: {}", fmt::join(known, ", ")));
  }
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    if (messages_[i].name == name) return i;
    if (messages_[i].name.ends_with(fmt::format(".{}", name))) ends.push_back(i);
  }
  if (ends.size() == 1) return ends.front();
  if (ends.empty())
    return fail(Errc::invalid_argument, fmt::format("there is no message '{}'; the file has {}", name, fmt::join(known, ", ")));
  return fail(Errc::invalid_argument, fmt::format("'{}' may be '{}' or '{}'", name, messages_[ends[0]].name, messages_[ends[1]].name));
}

std::string proto_json_name(std::string_view name) {
  std::string camel;
  bool raise = false;
  for (const char c : name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    camel += raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    raise = false;
  }
  return camel;
}

}  // namespace streamline::cli
