// transfer: reads orders "n from to amount", and writes a debit and a credit for each, in transactions that commit what was read, until
// its standard input ends. Some transactions it aborts. Whoever is fenced begins anew under the same name, and fences in turn.
package main

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const mostOrders = 10

func transfer(a arguments) {
	ctx, end := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end()
	}()
	for ctx.Err() == nil {
		if err := transferUntilFenced(ctx, a); err != nil && ctx.Err() == nil {
			fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
			time.Sleep(time.Duration(rand.Intn(300)) * time.Millisecond)
		}
	}
}

func transferUntilFenced(ctx context.Context, a arguments) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(a.bootstrap), kgo.ConsumerGroup(a.group), kgo.ConsumeTopics(a.topics...), kgo.TransactionalID(a.id),
		kgo.TransactionTimeout(10*time.Second), kgo.Balancers(balancers[a.assignor]), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(), kgo.SessionTimeout(time.Duration(a.session)*time.Millisecond),
		kgo.HeartbeatInterval(500*time.Millisecond), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// What the test reads with is no client and knows no snappy.
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.OnPartitionsAssigned(teller("assigned")),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	fmt.Println("began")
	for ctx.Err() == nil {
		fetches := session.PollRecords(ctx, mostOrders)
		if fetches.Empty() {
			continue
		}
		if err := transferAll(a, session, fetches); err != nil {
			return err
		}
	}
	return nil
}

func transferAll(a arguments, session *kgo.GroupTransactSession, fetches kgo.Fetches) error {
	if err := session.Begin(); err != nil {
		return err
	}
	first := kgo.AbortingFirstErrPromise(session.Client())
	send := func(account, line string) {
		partition, err := strconv.Atoi(account)
		check(err)
		record := &kgo.Record{Topic: a.outs, Partition: int32(partition), Value: []byte(line)}
		session.Produce(context.Background(), record, first.Promise())
	}
	fetches.EachRecord(func(r *kgo.Record) {
		order := strings.Split(string(r.Value), " ")
		send(order[1], order[0]+" -"+order[3])
		send(order[2], order[0]+" "+order[3])
	})
	sent := first.Err()
	end, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	committed, err := session.End(end, kgo.TransactionEndTry(sent == nil && rand.Intn(100) >= a.aborts))
	if err != nil {
		return err
	}
	if committed {
		fmt.Println("committed", fetches.NumRecords())
	} else {
		fmt.Println("aborted", fetches.NumRecords())
	}
	// What could not be sent may be the end of this producer; the next one shows.
	return sent
}
