package main

import (
    "context"
    "time"

    "github.com/IBM/sarama"
)

// A member of a group passes on what it is given, and marks it as read.
type member struct {
    group sarama.ConsumerGroup
    given chan *sarama.ConsumerMessage
    held  chan int
    stop  context.CancelFunc
    done  chan struct{}
}

func (s site) join(group, topic string) *member {
    consumer, err := sarama.NewConsumerGroup(s.addresses(), group, s.config())
    must(err)
    running, stop := context.WithCancel(context.Background())
    m := &member{
        group: consumer, stop: stop, done: make(chan struct{}),
        given: make(chan *sarama.ConsumerMessage, 10_000), held: make(chan int, 1000),
    }
    go func() {
        defer close(m.done)
        for running.Err() == nil {
            if err := consumer.Consume(running, []string{topic}, m); err != nil {
                return
            }
        }
    }()
    return m
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
    count := 0
    for _, partitions := range session.Claims() {
        count += len(partitions)
    }
    m.held <- count
    return nil
}

func (m *member) Cleanup(session sarama.ConsumerGroupSession) error {
    session.Commit()
    return nil
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
    for message := range claim.Messages() {
        session.MarkMessage(message, "")
        m.given <- message
    }
    return nil
}

// take gives so many records.
func (m *member) take(count int) []*sarama.ConsumerMessage {
    var got []*sarama.ConsumerMessage
    late := time.After(patience)
    for len(got) < count {
        select {
        case message := <-m.given:
            got = append(got, message)
        case <-late:
            panic("the records did not come")
        }
    }
    return got
}

// hold waits until the member has so many partitions.
func (m *member) hold(count int) {
    late := time.After(patience)
    for {
        select {
        case held := <-m.held:
            if held == count {
                return
            }
        case <-late:
            panic("the group did not settle")
        }
    }
}

// leave commits what was read, and leaves the group.
func (m *member) leave() {
    m.stop()
    <-m.done
    must(m.group.Close())
}
