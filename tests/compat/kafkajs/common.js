// What both parts of the checks use: the clients, and what was written before the crash.
'use strict'

const { isDeepStrictEqual, inspect } = require('node:util')
const kafkajs = require('kafkajs')
const lz4 = require('lz4js')

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs

// What a client may need to join a group, or to read what is there.
const PATIENCE_MS = 60_000

const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => Buffer.from(lz4.compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
})
const zstd = new Promise((resolve) => require('zstd-codec').ZstdCodec.run(resolve))
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => Buffer.from(new (await zstd).Simple().compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(new (await zstd).Simple().decompress(buffer)),
})

const address = process.argv[2]
const kafka = new Kafka({ clientId: 'me', brokers: [address], logLevel: logLevel.NOTHING })
const admin = kafka.admin()

// Keys, values and headers, null and empty told apart; a header may come twice.
const RECORDS = [
  { key: 'key', value: 'value', headers: { one: ['1', 'again'], two: '' } },
  { key: null, value: 'no key', headers: {} },
  { key: '', value: 'empty key', headers: {} },
  { key: 'no value', value: null, headers: {} },
  { key: 'empty value', value: '', headers: {} },
  { key: null, value: null, headers: {} },
]
for (let number = RECORDS.length; number < 500; number++) {
  RECORDS.push({ key: `${number}`, value: 'text '.repeat(20) + number, headers: {} })
}

function equal(got, expected) {
  if (!isDeepStrictEqual(got, expected)) {
    const text = (value) => inspect(value, { depth: 6 }).slice(0, 500)
    throw new Error(`got ${text(got)}, expected ${text(expected)}`)
  }
}

async function refused(promise, type) {
  const error = await promise.then(
    () => null,
    (error) => error
  )
  // A cause or a list of them holds the code that the broker gave.
  const types = [error, error?.cause, ...(error?.errors ?? []), ...(error?.groups ?? [])]
  const found = types.map((each) => each?.type ?? each?.error?.type)
  if (!found.includes(type)) {
    throw new Error(`got ${inspect(error)}, expected ${type}`)
  }
}

async function create(topic, numPartitions = 1) {
  equal(await admin.createTopics({ topics: [{ topic, numPartitions }] }), true)
}

async function produce(topic, messages, settings = {}, compression = CompressionTypes.None) {
  const producer = kafka.producer(settings)
  await producer.connect()
  await producer.send({ topic, messages, compression, acks: -1 })
  await producer.disconnect()
}

// One record for each number, to partitions in turn.
function numbered(begin, end, partitionCount = 1) {
  const messages = []
  for (let number = begin; number < end; number++) {
    messages.push({ partition: number % partitionCount, value: `${number}` })
  }
  return messages
}

// A consumer of a group that keeps what it was given.
class Member {
  constructor(groupId, topic, settings = {}) {
    this.topic = topic
    this.got = []
    this.held = 0
    this.waiting = []
    this.consumer = kafka.consumer({
      groupId,
      heartbeatInterval: 200,
      sessionTimeout: 6000,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: 100,
      ...settings,
    })
    this.consumer.on('consumer.group_join', ({ payload }) => {
      this.held = (payload.memberAssignment[topic] ?? []).length
      this.wake()
    })
  }

  async start() {
    await this.consumer.connect()
    await this.consumer.subscribe({ topics: [this.topic], fromBeginning: true })
    await this.consumer.run({
      eachMessage: async ({ partition, message }) => {
        this.got.push({ partition, ...message })
        this.wake()
      },
    })
    return this
  }

  wake() {
    this.waiting.forEach((wake) => wake())
  }

  // Waits until it is so, looking at each message and each turn of the group.
  until(what, holds) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${what}: not in time`)), PATIENCE_MS)
      const wake = () => {
        if (holds()) {
          clearTimeout(late)
          resolve()
        }
      }
      this.waiting.push(wake)
      wake()
    })
  }

  async take(count) {
    await this.until(`${count} records`, () => this.got.length >= count)
    return this.got.splice(0)
  }

  hold(count) {
    return this.until(`${count} partitions`, () => this.held === count)
  }

  // Commits what was read, and leaves.
  async leave() {
    await this.consumer.stop()
    await this.consumer.disconnect()
  }
}

const values = (messages) => messages.map((message) => `${message.value}`).sort()

async function join(groupId, topic, settings) {
  return new Member(groupId, topic, settings).start()
}

// Checks what is stored of a topic against what was sent, null and empty told apart.
async function holds(topic, groupId) {
  const member = await join(groupId, topic)
  const got = await member.take(RECORDS.length)
  await member.leave()
  const text = (bytes) => (bytes === null ? null : bytes.toString())
  const headers = (all) =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value].flat().map(text)]))
  equal(
    got.map(({ key, value, headers: all }) => [text(key), text(value), headers(all)]),
    RECORDS.map(({ key, value, headers: all }) => [
      key,
      value,
      headers(Object.fromEntries(Object.entries(all).map(([name, each]) => [name, [each].flat()]))),
    ])
  )
  equal(
    got.map(({ offset }) => offset),
    RECORDS.map((_, offset) => `${offset}`)
  )
}

// Runs checks one after the other. One fails by an exception; the others go on.
async function run(checks) {
  await admin.connect()
  let failed = 0
  for (const check of checks) {
    const begun = performance.now()
    let verdict = 'ok'
    try {
      await check()
    } catch (error) {
      console.error(error)
      failed++
      verdict = 'FAILED'
    }
    const name = check.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    const took = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(`${verdict.padEnd(6)} ${name} (${took} s)`)
  }
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  process.exit(failed > 0 ? 1 : 0)
}

module.exports = {
  CODECS, RECORDS, address, admin, create, equal, holds, join, kafka, numbered, produce, refused, run, values,
}
