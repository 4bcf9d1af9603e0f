import { IdSource } from '../../kit/ids.ts'
import { CachedCommentCounts } from '../../subgraphs/comment/cached-store.ts'
import { CommentStore } from '../../subgraphs/comment/store.ts'
import { CommentWrites } from '../../subgraphs/comment/writes.ts'
import { CachedFavorites } from '../../subgraphs/favorite/cached-store.ts'
import { FavoriteStore } from '../../subgraphs/favorite/store.ts'
import { FavoriteWrites } from '../../subgraphs/favorite/writes.ts'
import type { Check } from '../check.ts'
import { cachedValues } from './cached.ts'
import { conversationEnds } from './conversations.ts'
import { counterChecks } from './counters.ts'
import { orphanFiles, videosWithoutFiles } from './files.ts'
import { followMirror, friendEdges } from './follows.ts'
import { inboxContents } from './inboxes.ts'
import { logChecks } from './logs.ts'
import { type Forget, noneOfLostVideos } from './lost-videos.ts'
import { mailboxMirror } from './mailboxes.ts'
import { userNames } from './user-names.ts'

const noIds = new IdSource({ worker: 0, from: 0, until: () => 0 }) // forgetting makes nothing new

const forgetLikes: Forget = ({ db, cache }, videoId) => {
  const likes = cache && new CachedFavorites(new FavoriteStore(db), cache)
  return new FavoriteWrites(db, noIds, 0, likes).forgetVideo(videoId)
}

const forgetComments: Forget = ({ db, cache }, videoId) => {
  const counts = cache && new CachedCommentCounts(new CommentStore(db), cache)
  return new CommentWrites(db, 0, counts).forgetVideo(videoId)
}

/** Rows before what is counted from them, and the truth before its copies: a repair may need the one before it. */
export const checks: readonly Check[] = [
  userNames,
  followMirror,
  friendEdges,
  noneOfLostVideos('likes are of videos that exist', 'favorite', forgetLikes),
  noneOfLostVideos('comments are on videos that exist', 'comment', forgetComments),
  ...counterChecks,
  mailboxMirror,
  conversationEnds,
  inboxContents,
  ...logChecks,
  videosWithoutFiles,
  orphanFiles,
  cachedValues,
]
