package main

import "github.com/twmb/franz-go/pkg/kgo"

var after = []check{
    {"records of each codec are there", recordsAreThere},
    {"a group goes on where it had committed", goesOn},
    {"a configuration is there", configurationIsThere},
}

func recordsAreThere(s site) {
    for name := range codecs {
        s.holds("codec-"+name, records())
    }
}

func goesOn(s site) {
    committed, err := s.admin.FetchOffsets(within(), "kept-over-crash")
    must(err)
    next := map[int32]int64{}
    left := 3000
    for partition, place := range committed.KOffsets()["kept-over-crash"] {
        next[partition] = place.EpochOffset().Offset
        left -= int(next[partition])
    }
    equal(left <= 1500, true)
    s.produce(numbered("kept-over-crash", 3000, 3003, 3))
    client := member(s, "kept-over-crash", "kept-over-crash")
    defer client.Close()
    var got []*kgo.Record
    for _, record := range poll(client, left+3) {
        equal(record.Offset, next[record.Partition])
        next[record.Partition]++
        got = append(got, record)
    }
    equal(len(got), left+3)
}

func configurationIsThere(s site) {
    described, err := s.admin.DescribeTopicConfigs(within(), "configured")
    must(err)
    for _, entry := range described[0].Configs {
        if entry.Key == "retention.ms" {
            equal(*entry.Value, "100000")
            return
        }
    }
    panic("retention.ms is not among them")
}
