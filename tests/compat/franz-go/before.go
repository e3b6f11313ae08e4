package main

import (
    "fmt"
    "time"

    "github.com/twmb/franz-go/pkg/kadm"
    "github.com/twmb/franz-go/pkg/kerr"
    "github.com/twmb/franz-go/pkg/kgo"
)

var before = []check{
    {"each codec keeps keys, values and headers", eachCodec},
    {"an idempotent producer writes each record once and in order", idempotent},
    {"two members share and keep what they can", share},
    {"a group goes on where it has committed", resume},
    {"offsets are found by time", byTime},
    {"topics are created, grown, described, cut and deleted", topics},
    {"configurations are described and altered", configurations},
    {"groups are listed, described and deleted", groups},
    {"the cluster, its versions and its directories are described", cluster},
    {"what the crash must not take", mustStay},
}

func eachCodec(s site) {
    for name, codec := range codecs {
        topic := "codec-" + name
        s.create(topic, 1)
        all := records()
        for _, record := range all {
            record.Topic = topic
        }
        s.produce(all, kgo.ProducerBatchCompression(codec))
        s.holds(topic, records())
    }
}

func idempotent(s site) {
    s.create("idempotent", 4)
    s.produce(numbered("idempotent", 0, 4000, 4))
    client := s.client(kgo.ConsumeTopics("idempotent"))
    defer client.Close()
    next := map[int32]int64{}
    for _, record := range poll(client, 4000) {
        equal(record.Offset, next[record.Partition])
        equal(string(record.Value), fmt.Sprint(record.Offset*4+int64(record.Partition)))
        next[record.Partition]++
    }
    equal(next, map[int32]int64{0: 1000, 1: 1000, 2: 1000, 3: 1000})
}

func member(s site, group, topic string) *kgo.Client {
    return s.client(
        kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
        kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.HeartbeatInterval(200*time.Millisecond),
        kgo.SessionTimeout(6*time.Second),
    )
}

// held waits until the group is stable with so many partitions at each of its members.
func held(s site, group string, counts ...int) {
    for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
        described, err := s.admin.DescribeGroups(within(), group)
        must(err)
        found := described[group]
        if found.State == "Stable" && len(found.Members) == len(counts) {
            evenly := true
            for index, member := range found.Members {
                assigned, _ := member.Assigned.AsConsumer()
                count := 0
                for _, topic := range assigned.Topics {
                    count += len(topic.Partitions)
                }
                evenly = evenly && count == counts[index]
            }
            if evenly {
                return
            }
        }
    }
    panic("the group did not settle")
}

func share(s site) {
    s.create("shared", 6)
    s.produce(numbered("shared", 0, 600, 6))
    first := member(s, "shared", "shared")
    defer first.Close()
    got := poll(first, 600)
    held(s, "shared", 6)
    must(first.CommitUncommittedOffsets(within()))
    second := member(s, "shared", "shared")
    held(s, "shared", 3, 3)
    s.produce(numbered("shared", 600, 1200, 6))
    got = append(got, poll(first, 300)...)
    got = append(got, poll(second, 300)...)
    equal(values(got), values(numbered("shared", 0, 1200, 6)))
    must(first.CommitUncommittedOffsets(within()))
    must(second.CommitUncommittedOffsets(within()))
    second.Close()
    held(s, "shared", 6)
    s.produce(numbered("shared", 1200, 1206, 6))
    equal(values(poll(first, 6)), values(numbered("shared", 1200, 1206, 6)))
}

func resume(s site) {
    s.create("resumed", 1)
    s.produce(numbered("resumed", 0, 100, 1))
    for _, place := range [][2]int{{0, 30}, {30, 80}, {80, 100}} {
        client := member(s, "resumed", "resumed")
        got := poll(client, place[1]-place[0])[:place[1]-place[0]]
        equal(got[0].Offset, int64(place[0]))
        must(client.CommitRecords(within(), got...))
        client.Close()
    }
    committed, err := s.admin.FetchOffsets(within(), "resumed")
    must(err)
    found, _ := committed.Lookup("resumed", 0)
    equal(found.At, int64(100))
}

func byTime(s site) {
    s.create("timed", 1)
    all := numbered("timed", 0, 10, 1)
    for index, record := range all {
        record.Timestamp = time.UnixMilli(1_700_000_000_000 + 1000*int64(index))
    }
    s.produce(all)
    asked := map[int64]int64{0: 0, 1_700_000_004_000: 4, 1_700_000_004_001: 5, 1_800_000_000_000: 10}
    for millisecond, offset := range asked {
        found, err := s.admin.ListOffsetsAfterMilli(within(), millisecond, "timed")
        must(err)
        place, _ := found.Lookup("timed", 0)
        must(place.Err)
        equal(place.Offset, offset)
    }
    begin := kgo.NewOffset().AfterMilli(1_700_000_007_000)
    client := s.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"timed": {0: begin}}))
    defer client.Close()
    equal(values(poll(client, 3)), []string{"7", "8", "9"})
}

func topics(s site) {
    s.create("grown", 2)
    answer, err := s.admin.CreateTopic(within(), 2, 1, nil, "grown")
    if err == nil {
        err = answer.Err
    }
    refused(err, kerr.TopicAlreadyExists)
    grown, err := s.admin.CreatePartitions(within(), 1, "grown")
    must(err)
    must(grown["grown"].Err)
    found, err := s.admin.ListTopics(within(), "grown")
    must(err)
    equal(len(found["grown"].Partitions), 3)
    s.produce(numbered("grown", 0, 30, 3))
    cut, err := s.admin.DeleteRecords(within(), kadm.Offsets{"grown": {0: {Topic: "grown", At: 4}}})
    must(err)
    must(cut.Error())
    starts, err := s.admin.ListStartOffsets(within(), "grown")
    must(err)
    ends, err := s.admin.ListEndOffsets(within(), "grown")
    must(err)
    equal([2]int64{starts["grown"][0].Offset, ends["grown"][0].Offset}, [2]int64{4, 10})
    deleted, err := s.admin.DeleteTopic(within(), "grown")
    must(err)
    must(deleted.Err)
    // The client that has asked keeps what it has heard for a while.
    fresh := kadm.NewClient(s.client())
    defer fresh.Close()
    found, err = fresh.ListTopics(within(), "grown")
    must(err)
    refused(found["grown"].Err, kerr.UnknownTopicOrPartition)
}

func configurations(s site) {
    s.create("configured", 1)
    value := "100000"
    set := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}
    altered, err := s.admin.AlterTopicConfigs(within(), set, "configured")
    must(err)
    must(altered[0].Err)
    described, err := s.admin.DescribeTopicConfigs(within(), "configured")
    must(err)
    for _, entry := range described[0].Configs {
        if entry.Key == "retention.ms" {
            equal(*entry.Value, value)
            return
        }
    }
    panic("retention.ms is not among them")
}

func groups(s site) {
    s.create("listed", 2)
    s.produce(numbered("listed", 0, 10, 2))
    client := member(s, "listed", "listed")
    poll(client, 10)
    held(s, "listed", 2)
    must(client.CommitUncommittedOffsets(within()))
    stable, err := s.admin.ListGroups(within(), "Stable")
    must(err)
    equal(stable["listed"].ProtocolType, "consumer")
    lags, err := s.admin.Lag(within(), "listed")
    must(err)
    must(lags.Error())
    equal(lags["listed"].Lag.Total(), int64(0))
    _, err = s.admin.DeleteGroup(within(), "listed")
    refused(err, kerr.NonEmptyGroup)
    client.Close()
    _, err = s.admin.DeleteGroup(within(), "listed")
    must(err)
    _, err = s.admin.DeleteGroup(within(), "listed")
    refused(err, kerr.GroupIDNotFound)
}

func cluster(s site) {
    metadata, err := s.admin.BrokerMetadata(within())
    must(err)
    equal(len(metadata.Brokers), 1)
    equal(fmt.Sprintf("%s:%d", metadata.Brokers[0].Host, metadata.Brokers[0].Port), s.address)
    versions, err := s.admin.ApiVersions(within())
    must(err)
    known := versions[metadata.Controller]
    must(known.Err)
    produce, _ := known.KeyMaxVersion(0)
    equal(produce >= 13, true)
    directories, err := s.admin.DescribeAllLogDirs(within(), nil)
    must(err)
    for _, directory := range directories[metadata.Controller] {
        must(directory.Err)
    }
    equal(len(directories[metadata.Controller]), 1)
}

func mustStay(s site) {
    s.create("kept-over-crash", 3)
    s.produce(numbered("kept-over-crash", 0, 3000, 3))
    client := member(s, "kept-over-crash", "kept-over-crash")
    got := poll(client, 1500)
    must(client.CommitRecords(within(), got...))
    // The client does not leave: it is still there when the broker goes.
}
