// read: whole topics. follow: numbered records until the last one, through any restart. offsets: begin, end, by time.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	latest   = -1
	earliest = -2
)

func encode(data []byte) *string {
	if data == nil {
		return nil
	}
	text := base64.StdEncoding.EncodeToString(data)
	return &text
}

func printRecord(r *kgo.Record) {
	headers := [][]*string{}
	for _, header := range r.Headers {
		headers = append(headers, []*string{&header.Key, encode(header.Value)})
	}
	printJSON(line{r.Topic, r.Partition, r.Offset, r.Timestamp.UnixMilli(), encode(r.Key), encode(r.Value), headers})
}

func read(a arguments) {
	seed, err := kgo.NewClient(kgo.SeedBrokers(a.bootstrap))
	check(err)
	ends, err := kadm.NewClient(seed).ListEndOffsets(context.Background(), a.topics...)
	check(err)
	seed.Close()
	begin := map[string]map[int32]kgo.Offset{}
	missing := map[string]map[int32]int64{}
	left := 0
	ends.Each(func(end kadm.ListedOffset) {
		check(end.Err)
		if end.Offset == 0 {
			return
		}
		if begin[end.Topic] == nil {
			begin[end.Topic] = map[int32]kgo.Offset{}
			missing[end.Topic] = map[int32]int64{}
		}
		begin[end.Topic][end.Partition] = kgo.NewOffset().AtStart()
		missing[end.Topic][end.Partition] = end.Offset
		left++
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(a.bootstrap), kgo.ConsumePartitions(begin))
	check(err)
	defer client.Close()
	for left > 0 {
		fetches := client.PollFetches(context.Background())
		check(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			printRecord(r)
			if r.Offset+1 == missing[r.Topic][r.Partition] {
				left--
			}
		})
	}
}

func follow(a arguments) {
	partitions := map[int32]kgo.Offset{}
	for part := range a.partitions {
		partitions[int32(part)] = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(a.bootstrap),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{a.topics[0]: partitions}),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
	)
	check(err)
	defer client.Close()
	for missing := a.count; missing > 0; {
		// While the broker is down errors come instead of records; the client goes on by itself.
		client.PollFetches(context.Background()).EachRecord(func(r *kgo.Record) {
			index, _, _ := strings.Cut(string(r.Value), " ")
			fmt.Fprintln(out, r.Partition, r.Offset, index)
			missing--
		})
		check(out.Flush())
	}
}

func partitionsOf(client *kgo.Client, topic string) []int32 {
	details, err := kadm.NewClient(client).ListTopics(context.Background(), topic)
	check(err)
	return slices.Sorted(maps.Keys(details[topic].Partitions))
}

// The request itself, because the client's own wrappers turn "nothing that late" into the end offset.
func listOffset(client *kgo.Client, topic string, partition int32, timestamp int64) int64 {
	part := kmsg.NewListOffsetsRequestTopicPartition()
	part.Partition, part.Timestamp = partition, timestamp
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID = -1
	request.Topics = []kmsg.ListOffsetsRequestTopic{{Topic: topic, Partitions: []kmsg.ListOffsetsRequestTopicPartition{part}}}
	response, err := request.RequestWith(context.Background(), client)
	check(err)
	found := response.Topics[0].Partitions[0]
	if found.ErrorCode != 0 {
		check(fmt.Errorf("list offsets: error %d", found.ErrorCode))
	}
	return found.Offset
}

func offsets(a arguments) {
	client, err := kgo.NewClient(kgo.SeedBrokers(a.bootstrap))
	check(err)
	defer client.Close()
	for _, topic := range a.topics {
		for _, part := range partitionsOf(client, topic) {
			times := map[string]int64{}
			for _, text := range a.times {
				timestamp, err := strconv.ParseInt(text, 10, 64)
				check(err)
				times[text] = listOffset(client, topic, part, timestamp)
			}
			begin, end := listOffset(client, topic, part, earliest), listOffset(client, topic, part, latest)
			printJSON(offsetsLine{topic, part, begin, end, times})
		}
	}
}
