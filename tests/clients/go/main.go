// The Go side of the client tests: franz-go behind the command line that README.md describes.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"log"
	"os"
	"strings"
)

// list is a flag that may come several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

type arguments struct {
	bootstrap  string
	input      string
	topics     list
	jobs       list
	times      list
	count      int
	partitions int
	keys       int
	group      string
	assignor   string
	instance   string
	session    int
	id         string
	outs       string
	aborts     int
}

// record is a line of the input file; null is a nil pointer.
type record struct {
	Partition int32       `json:"partition"`
	Timestamp *int64      `json:"timestamp"`
	Key       *string     `json:"key"`
	Value     *string     `json:"value"`
	Headers   [][]*string `json:"headers"`
}

type ack struct {
	Topic     string `json:"topic"`
	Index     int    `json:"index"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Timestamp int64  `json:"timestamp"`
}

type line struct {
	Topic     string      `json:"topic"`
	Partition int32       `json:"partition"`
	Offset    int64       `json:"offset"`
	Timestamp int64       `json:"timestamp"`
	Key       *string     `json:"key"`
	Value     *string     `json:"value"`
	Headers   [][]*string `json:"headers"`
}

type offsetsLine struct {
	Topic     string           `json:"topic"`
	Partition int32            `json:"partition"`
	Begin     int64            `json:"begin"`
	End       int64            `json:"end"`
	Times     map[string]int64 `json:"times"`
}

var out = bufio.NewWriterSize(os.Stdout, 1<<16)

func check(err error) {
	if err != nil {
		out.Flush()
		log.Fatal(err)
	}
}

func printJSON(value any) {
	text, err := json.Marshal(value)
	check(err)
	out.Write(append(text, '\n'))
}

func main() {
	var a arguments
	flags := flag.NewFlagSet("agent", flag.ExitOnError)
	flags.StringVar(&a.bootstrap, "bootstrap", "", "host:port")
	flags.StringVar(&a.input, "input", "", "records to write, a JSON object per line")
	flags.Var(&a.topics, "topic", "topic")
	flags.Var(&a.jobs, "job", "topic=codec")
	flags.Var(&a.times, "time", "milliseconds")
	flags.IntVar(&a.count, "count", 0, "records")
	flags.IntVar(&a.partitions, "partitions", 0, "partitions")
	flags.IntVar(&a.keys, "keys", 0, "different keys in each partition; 0 = none")
	flags.StringVar(&a.group, "group", "", "group")
	flags.StringVar(&a.assignor, "assignor", "range", "assignor")
	flags.StringVar(&a.instance, "instance", "", "static member's name")
	flags.IntVar(&a.session, "session", 6000, "session timeout in milliseconds")
	flags.StringVar(&a.id, "id", "", "transactional id")
	flags.StringVar(&a.outs, "out", "", "topic to write to")
	flags.IntVar(&a.aborts, "aborts", 20, "transactions of a hundred that are aborted")
	check(flags.Parse(os.Args[2:]))
	commands := map[string]func(arguments){
		"write": write, "flood": flood, "read": read, "follow": follow, "offsets": offsets,
		"group": group, "transfer": transfer, "requests": requests,
	}
	commands[os.Args[1]](a)
	check(out.Flush())
}
