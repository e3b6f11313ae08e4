package main

import (
    "context"
    "errors"
    "fmt"
    "reflect"
    "slices"
    "time"

    "github.com/twmb/franz-go/pkg/kadm"
    "github.com/twmb/franz-go/pkg/kgo"
)

// What a client may need to join a group, or to read what is there.
const patience = 60 * time.Second

var codecs = map[string]kgo.CompressionCodec{
    "none":   kgo.NoCompression(),
    "gzip":   kgo.GzipCompression(),
    "snappy": kgo.SnappyCompression(),
    "lz4":    kgo.Lz4Compression(),
    "zstd":   kgo.ZstdCompression(),
}

// A site is where the broker serves, and a client for its administration.
type site struct {
    address string
    admin   *kadm.Client
}

func (s site) client(options ...kgo.Opt) *kgo.Client {
    client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(s.address)}, options...)...)
    must(err)
    return client
}

func (s site) create(topic string, partitionCount int32) {
    answer, err := s.admin.CreateTopic(within(), partitionCount, 1, nil, topic)
    must(err)
    must(answer.Err)
}

// records are keys, values and headers, null and empty told apart; a header may come twice.
func records() []*kgo.Record {
    header := func(key string, value []byte) kgo.RecordHeader {
        return kgo.RecordHeader{Key: key, Value: value}
    }
    all := []*kgo.Record{
        {Key: []byte("key"), Value: []byte("value"), Headers: []kgo.RecordHeader{
            header("one", []byte("1")), header("two", []byte{}), header("one", []byte("again")),
        }},
        {Value: []byte("no key")},
        {Key: []byte{}, Value: []byte("empty key"), Headers: []kgo.RecordHeader{header("null", nil)}},
        {Key: []byte("no value")},
        {Key: []byte("empty value"), Value: []byte{}},
        {},
    }
    for number := len(all); number < 500; number++ {
        text := fmt.Sprintf("text text text text text %d", number)
        all = append(all, &kgo.Record{Key: fmt.Append(nil, number), Value: []byte(text)})
    }
    return all
}

// numbered is one record for each number, to partitions in turn.
func numbered(topic string, begin, end int, partitionCount int32) []*kgo.Record {
    var all []*kgo.Record
    for number := begin; number < end; number++ {
        partition := int32(number) % partitionCount
        all = append(all, &kgo.Record{Topic: topic, Partition: partition, Value: fmt.Append(nil, number)})
    }
    return all
}

// produce is idempotent, which is this client's default, and waits for all.
func (s site) produce(all []*kgo.Record, options ...kgo.Opt) {
    client := s.client(append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
    defer client.Close()
    must(client.ProduceSync(within(), all...).FirstErr())
}

// read gives so many records of partition 0, as they came.
func (s site) read(topic string, count int) []*kgo.Record {
    begin := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}
    client := s.client(kgo.ConsumePartitions(begin))
    defer client.Close()
    return poll(client, count)
}

// poll gives at least so many records, each without an error.
func poll(client *kgo.Client, count int) []*kgo.Record {
    var got []*kgo.Record
    context := within()
    for len(got) < count {
        fetches := client.PollFetches(context)
        must(fetches.Err())
        got = append(got, fetches.Records()...)
    }
    return got
}

func values(all []*kgo.Record) []string {
    var values []string
    for _, record := range all {
        values = append(values, string(record.Value))
    }
    slices.Sort(values)
    return values
}

func within() context.Context {
    context, cancel := context.WithCancel(context.Background())
    time.AfterFunc(patience, cancel)
    return context
}

func must(err error) {
    if err != nil {
        panic(err)
    }
}

func refused(err, expected error) {
    if !errors.Is(err, expected) {
        panic(fmt.Sprintf("got %v, expected %v", err, expected))
    }
}

func equal(got, expected any) {
    if !reflect.DeepEqual(got, expected) {
        panic(fmt.Sprintf("got %.500v, expected %.500v", got, expected))
    }
}

// holds checks what is stored of a topic against what was sent, null and empty told apart.
func (s site) holds(topic string, expected []*kgo.Record) {
    got := s.read(topic, len(expected))
    equal(len(got), len(expected))
    for index, record := range got {
        sent := expected[index]
        equal(record.Offset, int64(index))
        equal([2][]byte{record.Key, record.Value}, [2][]byte{sent.Key, sent.Value})
        equal(len(record.Headers), len(sent.Headers))
        for at, header := range record.Headers {
            equal(header.Key, sent.Headers[at].Key)
            equal(header.Value, sent.Headers[at].Value)
        }
    }
}
