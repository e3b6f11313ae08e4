// What is checked on a broker that has just begun: before.js ADDRESS
'use strict'

const { ConfigResourceTypes } = require('kafkajs')
const {
  CODECS, RECORDS, address, admin, create, equal, holds, join, kafka, numbered, produce, refused, run, values,
} = require('./common.js')

const numbers = (begin, end) => values(numbered(begin, end))

async function eachCodecKeepsKeysValuesAndHeaders() {
  for (const [name, codec] of Object.entries(CODECS)) {
    await create(`codec-${name}`)
    await produce(`codec-${name}`, RECORDS, {}, codec)
    await holds(`codec-${name}`, `reader-${name}`)
  }
}

async function anIdempotentProducerWritesEachRecordOnceAndInOrder() {
  await create('idempotent', 4)
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let begin = 0; begin < 4000; begin += 400) {
    await producer.send({ topic: 'idempotent', messages: numbered(begin, begin + 400, 4) })
  }
  await producer.disconnect()
  const member = await join('idempotent', 'idempotent')
  const got = await member.take(4000)
  await member.leave()
  for (let partition = 0; partition < 4; partition++) {
    const mine = got.filter((message) => message.partition === partition)
    equal(
      mine.map(({ offset, value }) => [offset, `${value}`]),
      Array.from({ length: 1000 }, (_, offset) => [`${offset}`, `${4 * offset + partition}`])
    )
  }
}

async function twoMembersShareATopic() {
  await create('shared', 6)
  await produce('shared', numbered(0, 600, 6))
  const first = await join('shared', 'shared')
  await first.hold(6)
  const got = await first.take(600)
  const second = await join('shared', 'shared')
  await second.hold(3)
  await first.hold(3)
  await produce('shared', numbered(600, 1200, 6))
  got.push(...(await first.take(300)), ...(await second.take(300)))
  equal(values(got), numbers(0, 1200))
  await second.leave()
  await first.hold(6)
  await produce('shared', numbered(1200, 1206, 6))
  equal(values(await first.take(6)), numbers(1200, 1206))
  await first.leave()
}

async function aGroupGoesOnWhereItHasCommitted() {
  await create('resumed')
  for (const [begin, end] of [[0, 30], [30, 80], [80, 100]]) {
    await produce('resumed', numbered(begin, end))
    const member = await join('resumed', 'resumed')
    equal(values(await member.take(end - begin)), numbers(begin, end))
    await member.leave()
  }
  const [topic] = await admin.fetchOffsets({ groupId: 'resumed', topics: ['resumed'] })
  equal(topic.partitions, [{ partition: 0, offset: '100', metadata: null }])
}

async function offsetsAreFoundByTime() {
  await create('timed')
  const messages = numbered(0, 10)
  messages.forEach((message, number) => (message.timestamp = `${1_700_000_000_000 + 1000 * number}`))
  await produce('timed', messages)
  const asked = [[0, '0'], [1_700_000_004_000, '4'], [1_700_000_004_001, '5'], [1_800_000_000_000, '10']]
  for (const [time, offset] of asked) {
    equal(await admin.fetchTopicOffsetsByTimestamp('timed', time), [{ partition: 0, offset }])
  }
  equal(await admin.fetchTopicOffsets('timed'), [{ partition: 0, offset: '10', high: '10', low: '0' }])
}

async function topicsAreCreatedGrownDescribedCutAndDeleted() {
  await create('grown', 2)
  equal(await admin.createTopics({ topics: [{ topic: 'grown' }] }), false)
  await admin.createPartitions({ topicPartitions: [{ topic: 'grown', count: 3 }] })
  const described = await admin.fetchTopicMetadata({ topics: ['grown'] })
  equal(described.topics[0].partitions.length, 3)
  await produce('grown', numbered(0, 30, 3))
  await admin.deleteTopicRecords({ topic: 'grown', partitions: [{ partition: 0, offset: '4' }] })
  const offsets = await admin.fetchTopicOffsets('grown')
  equal(offsets.find(({ partition }) => partition === 0).low, '4')
  await admin.deleteTopics({ topics: ['grown'] })
  equal((await admin.listTopics()).includes('grown'), false)
}

async function configurationsAreDescribedAndAltered() {
  await create('configured')
  const resource = { type: ConfigResourceTypes.TOPIC, name: 'configured' }
  const configEntries = [{ name: 'retention.ms', value: '100000' }]
  await admin.alterConfigs({ resources: [{ ...resource, configEntries }], validateOnly: false })
  const asked = { ...resource, configNames: ['retention.ms'] }
  const { resources } = await admin.describeConfigs({ resources: [asked], includeSynonyms: false })
  equal(resources[0].configEntries.map(({ configValue }) => configValue), ['100000'])
}

async function groupsAreListedDescribedAndDeleted() {
  await create('listed', 2)
  await produce('listed', numbered(0, 10, 2))
  const member = await join('listed', 'listed')
  await member.take(10)
  const { groups } = await admin.listGroups()
  equal(groups.find(({ groupId }) => groupId === 'listed').protocolType, 'consumer')
  const described = await admin.describeGroups(['listed'])
  equal([described.groups[0].state, described.groups[0].protocol], ['Stable', 'RoundRobinAssigner'])
  equal(described.groups[0].members.map(({ clientId }) => clientId), ['me'])
  await refused(admin.deleteGroups(['listed']), 'NON_EMPTY_GROUP')
  await member.leave()
  await admin.deleteGroups(['listed'])
  await refused(admin.deleteGroups(['listed']), 'GROUP_ID_NOT_FOUND')
}

async function offsetsOfAGroupAreAltered() {
  await create('altered', 2)
  const partitions = [{ partition: 0, offset: '5' }, { partition: 1, offset: '6' }]
  await admin.setOffsets({ groupId: 'altered', topic: 'altered', partitions })
  const [topic] = await admin.fetchOffsets({ groupId: 'altered', topics: ['altered'] })
  equal(topic.partitions.map(({ offset }) => offset).sort(), ['5', '6'])
}

async function theClusterIsDescribed() {
  const { brokers, controller, clusterId } = await admin.describeCluster()
  equal(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]), [[controller, address]])
  equal(clusterId.length, 22)
}

async function whatTheCrashMustNotTake() {
  await create('kept-over-crash', 3)
  await produce('kept-over-crash', numbered(0, 1500, 3))
  const member = await join('kept-over-crash', 'kept-over-crash')
  equal(values(await member.take(1500)), numbers(0, 1500))
  await member.leave()
}

run([
  eachCodecKeepsKeysValuesAndHeaders,
  anIdempotentProducerWritesEachRecordOnceAndInOrder,
  twoMembersShareATopic,
  aGroupGoesOnWhereItHasCommitted,
  offsetsAreFoundByTime,
  topicsAreCreatedGrownDescribedCutAndDeleted,
  configurationsAreDescribedAndAltered,
  groupsAreListedDescribedAndDeleted,
  offsetsOfAGroupAreAltered,
  theClusterIsDescribed,
  whatTheCrashMustNotTake,
])
