// group: a member of a consumer group until its standard input ends. It commits what it has printed, after each poll.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var balancers = map[string]kgo.GroupBalancer{
	"range": kgo.RangeBalancer(), "roundrobin": kgo.RoundRobinBalancer(), "cooperative-sticky": kgo.CooperativeStickyBalancer(),
}

func teller(word string) func(context.Context, *kgo.Client, map[string][]int32) {
	return func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
		text := word
		for _, partitions := range topics {
			slices.Sort(partitions)
			for _, part := range partitions {
				text += fmt.Sprint(" ", part)
			}
		}
		fmt.Println(text)
	}
}

func group(a arguments) {
	options := []kgo.Opt{
		kgo.SeedBrokers(a.bootstrap), kgo.ConsumerGroup(a.group), kgo.ConsumeTopics(a.topics...), kgo.Balancers(balancers[a.assignor]),
		kgo.SessionTimeout(time.Duration(a.session) * time.Millisecond), kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.OnPartitionsAssigned(teller("assigned")), kgo.OnPartitionsRevoked(teller("revoked")), kgo.OnPartitionsLost(teller("revoked")),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
	}
	if a.instance != "" {
		options = append(options, kgo.InstanceID(a.instance))
	}
	client, err := kgo.NewClient(options...)
	check(err)
	ctx, end := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end()
	}()
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		next := map[int32]int64{}
		fetches.EachRecord(func(r *kgo.Record) {
			fmt.Println("record", r.Partition, r.Offset)
			next[r.Partition] = r.Offset + 1
		})
		if len(next) > 0 {
			commit(client, fetches.Records(), next)
		}
		client.AllowRebalance()
	}
	client.CloseAllowingRebalance()
}

func commit(client *kgo.Client, records []*kgo.Record, next map[int32]int64) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := client.CommitRecords(ctx, records...); err != nil {
		fmt.Println("uncommitted", err)
		return
	}
	for part, offset := range next {
		fmt.Println("committed", part, offset)
	}
}
