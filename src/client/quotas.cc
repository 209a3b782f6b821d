// DescribeClientQuotas, AlterClientQuotas.
#include "client/quotas.h"

#include <algorithm>
#include <variant>

#include "wire/messages/alter_client_quotas.h"
#include "wire/messages/describe_client_quotas.h"

namespace streamline::client {

namespace {

Attempt<std::vector<Quota>> list_once(Cluster& cluster) {
  auto broker = cluster.any();
  if (!broker) return std::unexpected(std::move(broker).error());
  auto reply = (*broker)->call<wire::DescribeClientQuotasResponse>(wire::DescribeClientQuotasRequest());
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  if ((*reply)->error_code != 0)
    return std::unexpected(broker_failure((*reply)->error_code, "the list of quotas", (*reply)->error_message));
  std::vector<Quota> quotas;
  if (!(*reply)->entries) return quotas;
  for (const auto& entry : *(*reply)->entries) {
    Quota& quota = quotas.emplace_back();
    for (const auto& part : entry.entity) {
      std::optional<std::string> name;
      if (part.entity_name) name = std::string(*part.entity_name);
      quota.entity[std::string(part.entity_type)] = std::move(name);
    }
    for (const auto& value : entry.values) quota.values[std::string(value.key)] = value.value;
  }
  return quotas;
}

Attempt<std::monostate> alter_once(Cluster& cluster, const QuotaEntity& entity, const std::vector<QuotaChange>& changes, Change change) {
  auto controller = cluster.controller();
  if (!controller) return std::unexpected(std::move(controller).error());
  std::vector<wire::AlterClientQuotasRequest::EntityData> parts(entity.size());
  std::size_t at = 0;
  for (const auto& [type, name] : entity) {
    parts[at].entity_type = type;
    parts[at].entity_name.reset();
    if (name) parts[at].entity_name = *name;
    ++at;
  }
  std::vector<wire::AlterClientQuotasRequest::OpData> operations(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    operations[i].key = changes[i].key;
    operations[i].value = changes[i].value.value_or(0);
    operations[i].remove = !changes[i].value.has_value();
  }
  wire::AlterClientQuotasRequest::EntryData entry;
  entry.entity = parts;
  entry.ops = operations;
  wire::AlterClientQuotasRequest request;
  request.entries = std::span(&entry, 1);
  request.validate_only = change == Change::only_check;
  auto reply = (*controller)->call<wire::AlterClientQuotasResponse>(request);
  if (!reply) return cluster.drop(*controller, std::move(reply).error());
  if ((*reply)->entries.size() != 1)
    return std::unexpected(Failure{.error = {Errc::malformed, "AlterClientQuotas was not answered for what was asked"}});
  const auto& answer = (*reply)->entries[0];
  if (answer.error_code != 0) return std::unexpected(broker_failure(answer.error_code, "quota", answer.error_message));
  return std::monostate{};
}

}  // namespace

Result<std::vector<Quota>> list_quotas(Cluster& cluster) {
  auto quotas = cluster.retry("", [&] { return list_once(cluster); });
  if (quotas) std::ranges::sort(*quotas, {}, &Quota::entity);
  return quotas;
}

Status alter_quota(Cluster& cluster, const QuotaEntity& entity, const std::vector<QuotaChange>& changes, Change change) {
  auto altered = cluster.retry("", [&] { return alter_once(cluster, entity, changes, change); });
  return altered ? Status{} : fail_with(std::move(altered));
}

}  // namespace streamline::client
