// Every API with the versions that real clients have driven here; ApiVersions answers from this table. The last ones are our own, for
// streamline-cli: ApiVersions does not name them.
#include "handlers/api_table.h"

#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using broker::RunsOn;
using wire::ApiKey;

constexpr broker::Api kApis[] = {
    // key, lowest and highest version, where, handler, lowest version advertised
    {ApiKey::produce, 0, 13, RunsOn::reactor, produce, 0},
    {ApiKey::fetch, 0, 18, RunsOn::reactor, fetch, 0},
    {ApiKey::list_offsets, 0, 11, RunsOn::reactor, list_offsets, 0},
    {ApiKey::metadata, 0, 13, RunsOn::reactor, metadata, 0},
    {ApiKey::offset_commit, 0, 10, RunsOn::reactor, offset_commit, 0},
    {ApiKey::offset_fetch, 0, 10, RunsOn::reactor, offset_fetch, 0},
    {ApiKey::find_coordinator, 0, 6, RunsOn::reactor, find_coordinator, 0},
    {ApiKey::join_group, 0, 9, RunsOn::reactor, join_group, 0},
    {ApiKey::heartbeat, 0, 4, RunsOn::reactor, heartbeat, 0},
    {ApiKey::leave_group, 0, 5, RunsOn::reactor, leave_group, 0},
    {ApiKey::sync_group, 0, 5, RunsOn::reactor, sync_group, 0},
    {ApiKey::describe_groups, 0, 6, RunsOn::reactor, describe_groups, 0},
    {ApiKey::list_groups, 0, 5, RunsOn::reactor, list_groups, 0},
    {ApiKey::api_versions, 0, 4, RunsOn::reactor, api_versions, 0},
    {ApiKey::create_topics, 0, 7, RunsOn::pool, create_topics, 0},
    {ApiKey::delete_topics, 0, 6, RunsOn::pool, delete_topics, 0},
    {ApiKey::delete_records, 0, 2, RunsOn::pool, delete_records, 0},
    {ApiKey::init_producer_id, 0, 5, RunsOn::reactor, init_producer_id, 0},
    {ApiKey::offset_for_leader_epoch, 0, 4, RunsOn::reactor, offset_for_leader_epoch, 0},
    {ApiKey::add_partitions_to_txn, 0, 5, RunsOn::reactor, add_partitions_to_txn, 0},
    {ApiKey::add_offsets_to_txn, 0, 4, RunsOn::reactor, add_offsets_to_txn, 0},
    {ApiKey::end_txn, 0, 5, RunsOn::reactor, end_txn, 0},
    {ApiKey::write_txn_markers, 1, 2, RunsOn::pool, write_txn_markers, 1},
    {ApiKey::txn_offset_commit, 0, 5, RunsOn::reactor, txn_offset_commit, 0},
    {ApiKey::describe_acls, 0, 3, RunsOn::reactor, describe_acls, 0},
    {ApiKey::create_acls, 0, 3, RunsOn::reactor, create_acls, 0},
    {ApiKey::delete_acls, 0, 3, RunsOn::reactor, delete_acls, 0},
    {ApiKey::describe_configs, 0, 4, RunsOn::reactor, describe_configs, 0},
    {ApiKey::alter_configs, 0, 2, RunsOn::pool, alter_configs, 0},
    {ApiKey::alter_replica_log_dirs, 1, 2, RunsOn::pool, alter_replica_log_dirs, 1},
    {ApiKey::describe_log_dirs, 1, 5, RunsOn::pool, describe_log_dirs, 1},
    {ApiKey::create_partitions, 0, 3, RunsOn::pool, create_partitions, 0},
    {ApiKey::create_delegation_token, 1, 3, RunsOn::reactor, create_delegation_token, 1},
    {ApiKey::renew_delegation_token, 1, 2, RunsOn::reactor, renew_delegation_token, 1},
    {ApiKey::expire_delegation_token, 1, 2, RunsOn::reactor, expire_delegation_token, 1},
    {ApiKey::describe_delegation_token, 1, 3, RunsOn::reactor, describe_delegation_token, 1},
    {ApiKey::delete_groups, 0, 2, RunsOn::reactor, delete_groups, 0},
    {ApiKey::elect_leaders, 0, 2, RunsOn::pool, elect_leaders, 0},
    {ApiKey::incremental_alter_configs, 0, 1, RunsOn::pool, incremental_alter_configs, 0},
    {ApiKey::alter_partition_reassignments, 0, 1, RunsOn::pool, alter_partition_reassignments, 0},
    {ApiKey::list_partition_reassignments, 0, 0, RunsOn::reactor, list_partition_reassignments, 0},
    {ApiKey::offset_delete, 0, 0, RunsOn::reactor, offset_delete, 0},
    {ApiKey::describe_client_quotas, 0, 1, RunsOn::reactor, describe_client_quotas, 0},
    {ApiKey::alter_client_quotas, 0, 1, RunsOn::pool, alter_client_quotas, 0},
    {ApiKey::describe_user_scram_credentials, 0, 0, RunsOn::reactor, describe_user_scram_credentials, 0},
    {ApiKey::alter_user_scram_credentials, 0, 0, RunsOn::reactor, alter_user_scram_credentials, 0},
    {ApiKey::describe_quorum, 0, 2, RunsOn::reactor, describe_quorum, 0},
    {ApiKey::update_features, 0, 2, RunsOn::pool, update_features, 0},
    {ApiKey::describe_cluster, 0, 2, RunsOn::reactor, describe_cluster, 0},
    {ApiKey::describe_producers, 0, 0, RunsOn::pool, describe_producers, 0},
    {ApiKey::unregister_broker, 0, 0, RunsOn::reactor, unregister_broker, 0},
    {ApiKey::describe_transactions, 0, 0, RunsOn::reactor, describe_transactions, 0},
    {ApiKey::list_transactions, 0, 2, RunsOn::reactor, list_transactions, 0},
    {ApiKey::consumer_group_heartbeat, 0, 1, RunsOn::reactor, consumer_group_heartbeat, 0},
    {ApiKey::consumer_group_describe, 0, 1, RunsOn::reactor, consumer_group_describe, 0},
    {ApiKey::get_telemetry_subscriptions, 0, 0, RunsOn::reactor, get_telemetry_subscriptions, 0},
    {ApiKey::push_telemetry, 0, 0, RunsOn::reactor, push_telemetry, 0},
    {ApiKey::list_config_resources, 0, 1, RunsOn::reactor, list_config_resources, 0},
    {ApiKey::describe_topic_partitions, 0, 0, RunsOn::pool, describe_topic_partitions, 0},
    {ApiKey::describe_connections, 0, 0, RunsOn::pool, describe_connections, broker::kNotAdvertised},
    {ApiKey::close_connections, 0, 0, RunsOn::pool, close_connections, broker::kNotAdvertised},
};

}  // namespace

broker::ApiTable api_table() { return kApis; }

}  // namespace streamline::handlers
