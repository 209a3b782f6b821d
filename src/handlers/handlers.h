// Table of contents: one handler per Kafka API, each in the file of its name. Called with a request of a version that its row in
// api_table.cc names; it replies, keeps the request as an operation that will, or refuses it.
#pragma once

#include "broker/request.h"
#include "wire/error_code.h"

namespace streamline::handlers {

using broker::Request;

void add_offsets_to_txn(Request& request);
void add_partitions_to_txn(Request& request);
void alter_client_quotas(Request& request);
void alter_configs(Request& request);
void alter_partition_reassignments(Request& request);
void alter_replica_log_dirs(Request& request);
void alter_user_scram_credentials(Request& request);
void api_versions(Request& request);
void close_connections(Request& request);
void consumer_group_describe(Request& request);
void consumer_group_heartbeat(Request& request);
void create_acls(Request& request);
void create_delegation_token(Request& request);
void create_partitions(Request& request);
void create_topics(Request& request);
void delete_acls(Request& request);
void delete_groups(Request& request);
void delete_records(Request& request);
void delete_topics(Request& request);
void describe_acls(Request& request);
void describe_client_quotas(Request& request);
void describe_cluster(Request& request);
void describe_connections(Request& request);
void describe_configs(Request& request);
void describe_delegation_token(Request& request);
void describe_groups(Request& request);
void describe_log_dirs(Request& request);
void describe_producers(Request& request);
void describe_quorum(Request& request);
void describe_topic_partitions(Request& request);
void describe_transactions(Request& request);
void describe_user_scram_credentials(Request& request);
void elect_leaders(Request& request);
void end_txn(Request& request);
void expire_delegation_token(Request& request);
void fetch(Request& request);
void find_coordinator(Request& request);
void get_telemetry_subscriptions(Request& request);
void heartbeat(Request& request);
void incremental_alter_configs(Request& request);
void init_producer_id(Request& request);
void join_group(Request& request);
void leave_group(Request& request);
void list_config_resources(Request& request);
void list_groups(Request& request);
void list_offsets(Request& request);
void list_partition_reassignments(Request& request);
void list_transactions(Request& request);
void metadata(Request& request);
void offset_commit(Request& request);
void offset_delete(Request& request);
void offset_fetch(Request& request);
void offset_for_leader_epoch(Request& request);
void produce(Request& request);
void push_telemetry(Request& request);
void renew_delegation_token(Request& request);
void sync_group(Request& request);
void txn_offset_commit(Request& request);
void unregister_broker(Request& request);
void update_features(Request& request);
void write_txn_markers(Request& request);

}  // namespace streamline::handlers
