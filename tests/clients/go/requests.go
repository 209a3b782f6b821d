// requests: raw requests, each in exactly the version asked for: franz-go encodes what it is told to and decodes the answer.
// A JSON line each: {"key", "version", "body"} with kmsg's names of fields, or {"produce"|"fetch": topic, "version"} by its producer and
// consumer. The answer: {"version", "answer"} or {"error"}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

const (
	produceKey   = 0
	fetchKey     = 1
	requestLimit = 20 * time.Second
)

type order struct {
	Key     int16           `json:"key"`
	Version int16           `json:"version"`
	Body    json.RawMessage `json:"body"`
	Produce string          `json:"produce"`
	Fetch   string          `json:"fetch"`
}

// pinned speaks that version of one API, and what it likes of the others.
func pinned(bootstrap string, key, version int16, more ...kgo.Opt) *kgo.Client {
	highest, lowest := kversion.Tip(), &kversion.Versions{}
	highest.SetMaxKeyVersion(key, version)
	lowest.SetMaxKeyVersion(key, version)
	options := []kgo.Opt{kgo.SeedBrokers(bootstrap), kgo.MaxVersions(highest), kgo.MinVersions(lowest), kgo.RequestRetries(0)}
	client, err := kgo.NewClient(append(options, more...)...)
	check(err)
	return client
}

func requests(a arguments) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var o order
		check(json.Unmarshal(lines.Bytes(), &o))
		ctx, cancel := context.WithTimeout(context.Background(), requestLimit)
		answer, err := carryOut(ctx, a.bootstrap, o)
		cancel()
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		printJSON(answer)
		check(out.Flush())
	}
	check(lines.Err())
}

func carryOut(ctx context.Context, bootstrap string, o order) (map[string]any, error) {
	switch {
	case o.Produce != "":
		return produceOne(ctx, bootstrap, o)
	case o.Fetch != "":
		return fetchOne(ctx, bootstrap, o)
	}
	request := kmsg.RequestForKey(o.Key)
	if sized, ok := request.(interface{ Default() }); ok {
		sized.Default()
	}
	if err := json.Unmarshal(o.Body, request); err != nil {
		return nil, err
	}
	client := pinned(bootstrap, o.Key, o.Version)
	defer client.Close()
	response, err := client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return nil, err
	}
	return map[string]any{"version": response.GetVersion(), "answer": response}, nil
}

func produceOne(ctx context.Context, bootstrap string, o order) (map[string]any, error) {
	// Before version 3 there is no place for a producer's id.
	client := pinned(bootstrap, produceKey, o.Version, kgo.DisableIdempotentWrite(), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RecordRetries(0))
	defer client.Close()
	record, err := client.ProduceSync(ctx, &kgo.Record{Topic: o.Produce, Value: []byte{byte(o.Version)}}).First()
	if err != nil {
		return nil, err
	}
	return map[string]any{"version": o.Version, "answer": record.Offset}, nil
}

// fetchOne reads until it has as many records as the order's key says.
func fetchOne(ctx context.Context, bootstrap string, o order) (map[string]any, error) {
	from := map[string]map[int32]kgo.Offset{o.Fetch: {0: kgo.NewOffset().At(0)}}
	client := pinned(bootstrap, fetchKey, o.Version, kgo.ConsumePartitions(from))
	defer client.Close()
	var values []int
	for len(values) < int(o.Key) {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(record *kgo.Record) { values = append(values, int(record.Value[0])) })
	}
	return map[string]any{"version": o.Version, "answer": values}, nil
}
