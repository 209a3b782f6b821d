// UpdateFeatures (key 57), versions 0 to 2: changes what clients are told that this cluster speaks (KIP-584). All or nothing; in force and
// durable when the answer is sent.
#include "wire/messages/update_features.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/features.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::UpdateFeaturesRequest;
using Response = wire::UpdateFeaturesResponse;
using Answer = Response::UpdatableFeatureResult;
using Update = Message::FeatureUpdateKey;
using wire::ErrorCode;

/// Kafka's FeatureUpdate.UpgradeType; both kinds of downgrade do the same here: no level's data is ever lost.
enum class Direction : std::int8_t { up = 1, down = 2, down_unsafe = 3 };
constexpr std::int16_t kFirstWithDirection = 1;
constexpr std::int16_t kLastWithResults = 1;

std::int8_t direction_of(const Update& update, std::int16_t version) {
  if (version >= kFirstWithDirection) return update.upgrade_type;
  return static_cast<std::int8_t>(update.allow_downgrade ? Direction::down : Direction::up);
}

/// Why it cannot be; empty when it can.
std::string problem(const Update& update, std::int8_t direction, const catalog::NamedConfigTable& levels, std::int32_t node_id) {
  const std::int16_t wanted = update.max_version_level;
  const auto invalid = [&](std::string_view why) {
    return fmt::format("Invalid update version {} for feature {}. {}", wanted, update.feature, why);
  };
  if (direction < static_cast<std::int8_t>(Direction::up) || direction > static_cast<std::int8_t>(Direction::down_unsafe)) {
    return invalid("The controller does not support the given upgrade type.");
  }
  if (wanted < 0) return invalid("A feature version cannot be less than 0.");
  const Feature* feature = find_feature(update.feature);
  if (feature == nullptr) {
    return wanted == 0 ? invalid(fmt::format("Feature {} not found.", update.feature))
                       : invalid(fmt::format("Local controller {} does not support this feature.", node_id));
  }
  if (wanted > feature->highest || wanted < feature->lowest) {
    return invalid(fmt::format("Local controller {} only supports versions {}-{}", node_id, feature->lowest, feature->highest));
  }
  if (wanted < level_of(*feature, levels) && direction == static_cast<std::int8_t>(Direction::up)) {
    return invalid("Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.");
  }
  return {};
}

Status update(Request& request, const Message& message, bool validate_only) {
  Status outcome;
  const auto change = [&](catalog::NamedConfigTable levels) -> Result<catalog::NamedConfigTable> {
    const std::int64_t epoch = epoch_of(levels) + 1;
    for (const Update& update : message.feature_updates) {
      const std::string why = problem(update, direction_of(update, request.version()), levels, request.broker().node_id());
      if (!why.empty()) return fail(Errc::invalid_argument, why);
      const Feature& feature = *find_feature(update.feature);
      if (update.max_version_level == level_of(feature, levels)) continue;
      levels[std::string(feature.name)] = {{std::string(kLevelKey), fmt::format("{}", update.max_version_level)},
                                           {std::string(kEpochKey), fmt::format("{}", epoch)}};
    }
    return levels;
  };
  auto& levels = request.broker().feature_levels();
  if (!validate_only) return levels.change_table(change);
  const auto checked = change(*levels.snapshot());
  return checked ? Status() : Status(std::unexpected(checked.error()));
}

}  // namespace

void update_features(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const Status updated = update(request, *message, message->validate_only);
  Response response;
  response.error_message.reset();
  if (!updated) {
    const bool is_refused = updated.error().code == Errc::invalid_argument;
    refuse(request, response, is_refused ? ErrorCode::invalid_update_version : broker::wire_error(updated.error().code),
           "The update failed for all features since the following feature had an error: " + updated.error().text);
  } else if (request.version() <= kLastWithResults) {
    response.results = request.arena().make_array<Answer>(message->feature_updates.size());
    for (std::size_t i = 0; i < response.results.size(); ++i) {
      response.results[i].feature = message->feature_updates[i].feature;
      response.results[i].error_message = "NONE";
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
