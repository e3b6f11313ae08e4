package main

import (
    "errors"
    "fmt"
    "reflect"
    "slices"
    "time"

    "github.com/IBM/sarama"
)

// What a client may need to join a group, or to read what is there.
const patience = 60 * time.Second

// A site is where the broker serves, and the protocol that is spoken with it.
type site struct {
    address string
    version sarama.KafkaVersion
}

// named is a name of one's own for each version of the protocol.
func (s site) named(topic string) string {
    return topic + "-" + s.version.String()
}

func (s site) config() *sarama.Config {
    config := sarama.NewConfig()
    config.Version = s.version
    config.ApiVersionsRequest = s.version.IsAtLeast(sarama.V2_4_0_0)
    config.Consumer.Offsets.Initial = sarama.OffsetOldest
    config.Consumer.Offsets.AutoCommit.Enable = false
    config.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
    config.Producer.Return.Successes = true
    config.Producer.Partitioner = sarama.NewManualPartitioner
    return config
}

func (s site) addresses() []string { return []string{s.address} }

func (s site) administrator() sarama.ClusterAdmin {
    admin, err := sarama.NewClusterAdmin(s.addresses(), s.config())
    must(err)
    return admin
}

func (s site) create(topic string, partitionCount int32) {
    admin := s.administrator()
    defer admin.Close()
    detail := &sarama.TopicDetail{NumPartitions: partitionCount, ReplicationFactor: 1}
    must(admin.CreateTopic(topic, detail, false))
}

// codecs are those that the version of the protocol knows.
func (s site) codecs() []sarama.CompressionCodec {
    all := []sarama.CompressionCodec{
        sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4,
    }
    if s.version.IsAtLeast(sarama.V2_1_0_0) {
        all = append(all, sarama.CompressionZSTD)
    }
    return all
}

// records are keys, values and headers, null and empty told apart; a header may come twice.
func records(topic string) []*sarama.ProducerMessage {
    text := func(text string) sarama.Encoder { return sarama.StringEncoder(text) }
    header := func(key, value string) sarama.RecordHeader {
        return sarama.RecordHeader{Key: []byte(key), Value: []byte(value)}
    }
    headers := []sarama.RecordHeader{header("one", "1"), header("two", ""), header("one", "again")}
    all := []*sarama.ProducerMessage{
        {Key: text("key"), Value: text("value"), Headers: headers},
        {Value: text("no key")},
        {Key: text(""), Value: text("empty key")},
        {Key: text("no value")},
        {Key: text("empty value"), Value: text("")},
        {},
    }
    for number := len(all); number < 500; number++ {
        value := text(fmt.Sprintf("text text text text text %d", number))
        all = append(all, &sarama.ProducerMessage{Key: text(fmt.Sprint(number)), Value: value})
    }
    for _, message := range all {
        message.Topic = topic
    }
    return all
}

// numbered is one record for each number, to partitions in turn.
func numbered(topic string, begin, end int, partitionCount int32) []*sarama.ProducerMessage {
    var all []*sarama.ProducerMessage
    for number := begin; number < end; number++ {
        all = append(all, &sarama.ProducerMessage{
            Topic: topic, Partition: int32(number) % partitionCount,
            Value: sarama.StringEncoder(fmt.Sprint(number)),
        })
    }
    return all
}

func (s site) produce(config *sarama.Config, all []*sarama.ProducerMessage) {
    producer, err := sarama.NewSyncProducer(s.addresses(), config)
    must(err)
    defer producer.Close()
    must(producer.SendMessages(all))
}

// read gives so many records of a partition from an offset on, as they came.
func (s site) read(topic string, partition int32, begin int64, count int) []*sarama.ConsumerMessage {
    consumer, err := sarama.NewConsumer(s.addresses(), s.config())
    must(err)
    defer consumer.Close()
    reader, err := consumer.ConsumePartition(topic, partition, begin)
    must(err)
    defer reader.Close()
    var got []*sarama.ConsumerMessage
    late := time.After(patience)
    for len(got) < count {
        select {
        case message := <-reader.Messages():
            got = append(got, message)
        case <-late:
            panic(fmt.Sprintf("%d of %d records", len(got), count))
        }
    }
    return got
}

// holds checks what is stored of a topic against what was sent, null and empty told apart.
func (s site) holds(topic string) {
    bytes := func(encoder sarama.Encoder) []byte {
        if encoder == nil {
            return nil
        }
        encoded, err := encoder.Encode()
        must(err)
        return encoded
    }
    expected := records(topic)
    for index, record := range s.read(topic, 0, 0, len(expected)) {
        sent := expected[index]
        equal(record.Offset, int64(index))
        equal([2][]byte{record.Key, record.Value}, [2][]byte{bytes(sent.Key), bytes(sent.Value)})
        equal(len(record.Headers), len(sent.Headers))
        for at, header := range record.Headers {
            equal(*header, sent.Headers[at])
        }
    }
}

func values(all []*sarama.ConsumerMessage) []string {
    var values []string
    for _, message := range all {
        values = append(values, string(message.Value))
    }
    slices.Sort(values)
    return values
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
