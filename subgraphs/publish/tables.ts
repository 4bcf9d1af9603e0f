/** A published video. Everything of it is final: it is inserted once and deleted once. */
export interface VideoRow {
  /** Made at the moment of publishing: the order of every list, and when it was published. */
  id: number
  author_id: number
  title: string
  file_key: string
  cover_key: string
  duration_ms: number
  /** In pixels, as shown. */
  width: number
  height: number
  bytes: number
}

/**
 * Which video an upload became. Stays when the video is deleted, so that a repeated `publishVideo` can't publish again
 * and a repeated `deleteVideo` is known to be one.
 */
export interface UploadRow {
  user_id: number
  upload_id: string
  video_id: number
}

/** A deleted video of which files, likes or comments may be left; the row goes when all of them are gone. */
export interface VideoDeletionRow {
  video_id: number
  author_id: number
  file_key: string
  cover_key: string
  /** Attempts that have failed. */
  attempts: number
  /** Nobody tries again before this moment, in milliseconds since 1970. */
  retry_at: number
}

export interface PublishTables {
  video: VideoRow
  upload: UploadRow
  work_count: { user_id: number; count: number }
  video_deletion: VideoDeletionRow
}
