import type { Account } from './accounts.ts'
import type { GraphClient } from './client.ts'
import { encodeDemoVideo } from './demo-video.ts'

interface WorksPage {
  readonly user: {
    readonly videos: {
      readonly nodes: readonly ({ readonly id: string; readonly title: string } | null)[]
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    } | null
  } | null
}

const works = `query Works($user: ID!, $after: String) {
  user(id: $user) { videos(first: 100, after: $after) { nodes { id title } pageInfo { hasNextPage endCursor } } }
}`
const createUpload = 'mutation CreateUpload { createUpload { uploadId url } }'
const publishVideo = `mutation PublishVideo($uploadId: ID!, $title: String!) {
  publishVideo(input: { uploadId: $uploadId, title: $title }) { video { id } }
}`

/** What a user has published, as ids by title. */
export async function worksOf(client: GraphClient, { id, token }: Account): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>()
  for (let after: string | null = null; ; ) {
    const page: WorksPage = await client.run(works, { user: id, after }, token)
    const list = page.user?.videos
    for (const video of list?.nodes ?? []) if (video) known.set(video.title, video.id)
    if (!list?.pageInfo.hasNextPage) return known
    after = list.pageInfo.endCursor
  }
}

/** Uploads and publishes a film. @returns the video's id */
export async function publish(
  client: GraphClient,
  { token }: Account,
  film: Promise<Uint8Array>,
  title: string,
): Promise<string> {
  type Opened = { createUpload: { uploadId: string; url: string } }
  const { createUpload: upload } = await client.run<Opened>(createUpload, {}, token)
  await client.upload(upload.url, await film)
  type Published = { publishVideo: { video: { id: string } } }
  const { uploadId } = upload
  return (await client.run<Published>(publishVideo, { uploadId, title }, token)).publishVideo.video.id
}

/** Encodes each film once, when it is first asked for. */
export function filmStudio(): (clip: number) => Promise<Uint8Array> {
  const films = new Map<number, Promise<Uint8Array>>()
  return (clip) => {
    const film = films.get(clip) ?? encodeDemoVideo(clip + 1)
    films.set(clip, film)
    return film
  }
}
