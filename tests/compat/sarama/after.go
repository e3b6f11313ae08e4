package main

import (
    "io"

    "github.com/IBM/sarama"
)

var after = []check{
    {"records of each codec are there", recordsAreThere},
    {"a group goes on where it had committed", goesOn},
    {"a configuration is there", configurationIsThere},
}

func recordsAreThere(s site) {
    for _, codec := range s.codecs() {
        s.holds(s.named("codec-" + codec.String()))
    }
}

func goesOn(s site) {
    topic := s.named("kept-over-crash")
    for partition := range int32(3) {
        equal(s.committed(topic, topic, partition), int64(500))
    }
    s.produce(s.config(), numbered(topic, 1500, 1800, 3))
    member := s.join(topic, topic)
    equal(values(member.take(300)), sorted(1500, 1800))
    member.leave()
}

func configurationIsThere(s site) {
    admin := s.administrator()
    defer admin.Close()
    resource := sarama.ConfigResource{
        Type: sarama.TopicResource, Name: s.named("configured"), ConfigNames: []string{"retention.ms"},
    }
    entries, err := admin.DescribeConfig(resource)
    if !s.version.IsAtLeast(sarama.V1_1_0_0) {
        // The version that it asks with went with Apache Kafka 4: the connection is closed.
        refused(err, io.EOF)
        return
    }
    must(err)
    equal(len(entries), 1)
    equal([2]string{entries[0].Name, entries[0].Value}, [2]string{"retention.ms", "100000"})
}
