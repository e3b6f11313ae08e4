package main

import (
    "fmt"
    "time"

    "github.com/IBM/sarama"
)

var before = []check{
    {"each codec keeps keys, values and headers", eachCodec},
    {"an idempotent producer writes each record once and in order", idempotent},
    {"two members share a topic", share},
    {"a group goes on where it has committed", resume},
    {"offsets are found by time", byTime},
    {"topics are created, grown, cut and deleted", topics},
    {"configurations are described and altered", configurations},
    {"groups are listed, described and deleted", groups},
    {"the cluster is described", cluster},
    {"what the crash must not take", mustStay},
}

func eachCodec(s site) {
    for _, codec := range s.codecs() {
        topic := s.named("codec-" + codec.String())
        s.create(topic, 1)
        config := s.config()
        config.Producer.Compression = codec
        s.produce(config, records(topic))
        s.holds(topic)
    }
}

func idempotent(s site) {
    topic := s.named("idempotent")
    s.create(topic, 4)
    config := s.config()
    config.Producer.Idempotent = true
    config.Producer.RequiredAcks = sarama.WaitForAll
    config.Net.MaxOpenRequests = 1
    s.produce(config, numbered(topic, 0, 4000, 4))
    for partition := range int32(4) {
        for index, record := range s.read(topic, partition, 0, 1000) {
            equal(record.Offset, int64(index))
            equal(string(record.Value), fmt.Sprint(4*index+int(partition)))
        }
    }
}

func sorted(begin, end int) []string {
    var all []*sarama.ConsumerMessage
    for number := begin; number < end; number++ {
        all = append(all, &sarama.ConsumerMessage{Value: fmt.Append(nil, number)})
    }
    return values(all)
}

func share(s site) {
    topic := s.named("shared")
    s.create(topic, 6)
    s.produce(s.config(), numbered(topic, 0, 600, 6))
    first := s.join(topic, topic)
    first.hold(6)
    got := first.take(600)
    second := s.join(topic, topic)
    second.hold(3)
    first.hold(3)
    s.produce(s.config(), numbered(topic, 600, 1200, 6))
    got = append(got, first.take(300)...)
    got = append(got, second.take(300)...)
    equal(values(got), sorted(0, 1200))
    second.leave()
    first.hold(6)
    s.produce(s.config(), numbered(topic, 1200, 1206, 6))
    equal(values(first.take(6)), sorted(1200, 1206))
    first.leave()
}

func resume(s site) {
    topic := s.named("resumed")
    s.create(topic, 1)
    for _, place := range [][2]int{{0, 30}, {30, 80}, {80, 100}} {
        s.produce(s.config(), numbered(topic, place[0], place[1], 1))
        member := s.join(topic, topic)
        equal(values(member.take(place[1]-place[0])), sorted(place[0], place[1]))
        member.leave()
    }
    equal(s.committed(topic, topic, 0), int64(100))
}

func (s site) committed(group, topic string, partition int32) int64 {
    admin := s.administrator()
    defer admin.Close()
    found, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {partition}})
    must(err)
    block := found.GetBlock(topic, partition)
    equal(block.Err, sarama.ErrNoError)
    return block.Offset
}

func byTime(s site) {
    topic := s.named("timed")
    s.create(topic, 1)
    all := numbered(topic, 0, 10, 1)
    for index, message := range all {
        message.Timestamp = time.UnixMilli(1_700_000_000_000 + 1000*int64(index))
    }
    s.produce(s.config(), all)
    client, err := sarama.NewClient(s.addresses(), s.config())
    must(err)
    defer client.Close()
    asked := map[int64]int64{
        0: 0, 1_700_000_004_000: 4, 1_700_000_004_001: 5, 1_800_000_000_000: -1,
        sarama.OffsetOldest: 0, sarama.OffsetNewest: 10,
    }
    for millisecond, offset := range asked {
        found, err := client.GetOffset(topic, 0, millisecond)
        must(err)
        equal(found, offset)
    }
}

func topics(s site) {
    topic := s.named("grown")
    s.create(topic, 2)
    admin := s.administrator()
    defer admin.Close()
    detail := &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}
    refused(admin.CreateTopic(topic, detail, false), sarama.ErrTopicAlreadyExists)
    if s.version.IsAtLeast(sarama.V1_0_0_0) {
        must(admin.CreatePartitions(topic, 3, nil, false))
        found, err := admin.DescribeTopics([]string{topic})
        must(err)
        equal(len(found[0].Partitions), 3)
    }
    s.produce(s.config(), numbered(topic, 0, 20, 2))
    must(admin.DeleteRecords(topic, map[int32]int64{0: 4}))
    equal(s.read(topic, 0, sarama.OffsetOldest, 6)[0].Offset, int64(4))
    must(admin.DeleteTopic(topic))
    found, err := admin.DescribeTopics([]string{topic})
    must(err)
    equal(found[0].Err, sarama.ErrUnknownTopicOrPartition)
}

func configurations(s site) {
    topic := s.named("configured")
    s.create(topic, 1)
    admin := s.administrator()
    defer admin.Close()
    value := "100000"
    if s.version.IsAtLeast(sarama.V2_3_0_0) {
        must(admin.IncrementalAlterConfig(sarama.TopicResource, topic,
            map[string]sarama.IncrementalAlterConfigsEntry{
                "retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value},
            }, false))
    } else {
        entries := map[string]*string{"retention.ms": &value}
        must(admin.AlterConfig(sarama.TopicResource, topic, entries, false))
    }
    configurationIsThere(s)
}

func groups(s site) {
    topic := s.named("listed")
    s.create(topic, 2)
    s.produce(s.config(), numbered(topic, 0, 10, 2))
    member := s.join(topic, topic)
    member.hold(2)
    member.take(10)
    admin := s.administrator()
    defer admin.Close()
    listed, err := admin.ListConsumerGroups()
    must(err)
    equal(listed[topic], "consumer")
    described, err := admin.DescribeConsumerGroups([]string{topic})
    must(err)
    equal([2]string{described[0].State, described[0].Protocol}, [2]string{"Stable", "range"})
    equal(len(described[0].Members), 1)
    if !s.version.IsAtLeast(sarama.V1_1_0_0) {
        member.leave()
        return
    }
    refused(admin.DeleteConsumerGroup(topic), sarama.ErrNonEmptyGroup)
    member.leave()
    must(admin.DeleteConsumerGroup(topic))
    refused(admin.DeleteConsumerGroup(topic), sarama.ErrGroupIDNotFound)
}

func cluster(s site) {
    admin := s.administrator()
    defer admin.Close()
    brokers, controller, err := admin.DescribeCluster()
    must(err)
    equal(len(brokers), 1)
    equal([2]any{brokers[0].Addr(), brokers[0].ID()}, [2]any{s.address, controller})
    if s.version.IsAtLeast(sarama.V1_0_0_0) {
        directories, err := admin.DescribeLogDirs([]int32{controller})
        must(err)
        equal(len(directories[controller]), 1)
    }
}

func mustStay(s site) {
    topic := s.named("kept-over-crash")
    s.create(topic, 3)
    s.produce(s.config(), numbered(topic, 0, 1500, 3))
    member := s.join(topic, topic)
    equal(values(member.take(1500)), sorted(0, 1500))
    member.leave()
}
