/** Where the bus tells that the counts of a video may have changed. */
export const videoChannel = (videoId: number) => `video:${videoId}`

/** The last hint of a video. */
export const videoGone = 'gone'
