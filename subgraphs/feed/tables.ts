/** What the feed reads of the publish service's table. It writes nothing, and owns no table. */
export interface FeedTables {
  video: { id: number }
}
