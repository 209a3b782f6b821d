// write: given records to given partitions. flood: numbered idempotent records, through any restart of the broker.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const longestLine = 1 << 20

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func decode(text *string) []byte {
	if text == nil {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(*text)
	check(err)
	return data
}

func readInput(path string) []record {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longestLine)
	var records []record
	for lines.Scan() {
		var r record
		check(json.Unmarshal(lines.Bytes(), &r))
		records = append(records, r)
	}
	check(lines.Err())
	return records
}

func toRecord(topic string, r record) *kgo.Record {
	made := &kgo.Record{Topic: topic, Partition: r.Partition, Key: decode(r.Key), Value: decode(r.Value)}
	if r.Timestamp != nil {
		made.Timestamp = time.UnixMilli(*r.Timestamp)
	}
	for _, header := range r.Headers {
		made.Headers = append(made.Headers, kgo.RecordHeader{Key: *header[0], Value: decode(header[1])})
	}
	return made
}

func write(a arguments) {
	records := readInput(a.input)
	for _, job := range a.jobs {
		topic, codec, _ := strings.Cut(job, "=")
		client, err := kgo.NewClient(
			kgo.SeedBrokers(a.bootstrap),
			kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.ProducerBatchCompression(codecs[codec]),
			kgo.ProducerLinger(20*time.Millisecond),
		)
		check(err)
		made := make([]*kgo.Record, len(records))
		for i, r := range records {
			made[i] = toRecord(topic, r)
		}
		check(client.ProduceSync(context.Background(), made...).FirstErr())
		for i, r := range made {
			printJSON(ack{topic, i, r.Partition, r.Offset, r.Timestamp.UnixMilli()})
		}
		client.Close()
	}
}

func flood(a arguments) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(a.bootstrap),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(time.Millisecond),
		kgo.ProducerBatchMaxBytes(8192),
		kgo.ProduceRequestTimeout(5*time.Second),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
	)
	check(err)
	var lock sync.Mutex
	for i := range a.count {
		index := i / a.partitions
		value := fmt.Appendf(nil, "%d %080d", index, i)
		var key []byte
		if a.keys > 0 {
			key = fmt.Appendf(nil, "%d", index%a.keys)
		}
		client.Produce(context.Background(), &kgo.Record{Topic: a.topics[0], Partition: int32(i % a.partitions), Key: key, Value: value},
			func(r *kgo.Record, err error) {
				lock.Lock()
				defer lock.Unlock()
				if err != nil {
					fmt.Fprintf(out, "failed %d %v\n", index, err)
				} else {
					fmt.Fprintf(out, "%d %d %d\n", r.Partition, r.Offset, index)
				}
			})
		if i%1000 == 0 {
			lock.Lock()
			check(out.Flush())
			lock.Unlock()
		}
	}
	check(client.Flush(context.Background()))
	client.Close()
}
