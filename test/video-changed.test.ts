import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '../kit/bus/memory.ts'
import { comment } from '../subgraphs/comment/index.ts'
import { favorite } from '../subgraphs/favorite/index.ts'
import { type DatabaseKind, databases } from './testkit/databases.ts'
import { nextEvent, startLiveSubgraph } from './testkit/live-subgraph.ts'
import { silentLog } from './testkit/redises.ts'
import { startSubgraph } from './testkit/subgraph.ts'

const [database] = databases as readonly [DatabaseKind] // nothing of this is in a database
const owners = { publish: () => ({ author: { id: '7' } }) }
const videoChanged = 'subscription ($id: ID!) { videoChanged(id: $id) { id } }'
const post = `mutation ($id: ID!) { postComment(input: { videoId: $id, text: "a" }) { comment { id } } }`
const remove = `mutation ($id: ID!, $of: ID!) { deleteComment(input: { videoId: $of, commentId: $id }) { commentId } }`

test('the favorite service tells of comments too: both services know the channel of a video by the same name', async () => {
  const bus = new MemoryBus({ log: silentLog })
  await using likes = await startLiveSubgraph(favorite, { database, owners, more: { bus } })
  await using comments = await startSubgraph(comment, { database, owners, more: { bus } })
  const events = await likes.subscribe(videoChanged, { id: '5' })
  const video = { id: '5' }
  assert.deepEqual(await nextEvent(events), video)
  const { postComment } = await comments.run(post, video, 3)
  assert.deepEqual(await nextEvent(events), video)
  await comments.run(remove, { id: postComment.comment.id, of: '5' }, 3)
  assert.deepEqual(await nextEvent(events), video)
  await events.return()
})
