// What is checked when the broker was killed and has started again: after.js ADDRESS
'use strict'

const { CODECS, admin, equal, holds, join, numbered, produce, run, values } = require('./common.js')

async function recordsOfEachCodecAreThere() {
  for (const name of Object.keys(CODECS)) {
    await holds(`codec-${name}`, `again-${name}`)
  }
}

async function aGroupGoesOnWhereItHadCommitted() {
  await produce('kept-over-crash', numbered(1500, 1800, 3))
  const member = await join('kept-over-crash', 'kept-over-crash')
  equal(values(await member.take(300)), values(numbered(1500, 1800)))
  await member.leave()
}

async function alteredOffsetsAreThere() {
  const [topic] = await admin.fetchOffsets({ groupId: 'altered', topics: ['altered'] })
  equal(topic.partitions.map(({ offset }) => offset).sort(), ['5', '6'])
}

run([recordsOfEachCodecAreThere, aGroupGoesOnWhereItHadCommitted, alteredOffsetsAreThere])
