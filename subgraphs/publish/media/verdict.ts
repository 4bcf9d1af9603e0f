/** What the inspecting process writes on its standard output: `ready`, then one of these as JSON. */
export type Verdict = Accepted | { readonly refused: string }

export interface Accepted extends VideoFacts {
  /** A JPEG in base64. */
  readonly cover: string
}

export interface VideoFacts {
  readonly durationMs: number
  /** As displayed: after rotation, in square pixels. */
  readonly width: number
  readonly height: number
  readonly mime: 'video/mp4' | 'video/quicktime' | 'video/webm'
  readonly extension: 'mp4' | 'mov' | 'webm'
}

/** Written before anything of the file is read: a process that fails later failed because of the file. */
export const ready = 'ready\n'

/** The file is at fault; the message completes "the file is refused because it …" for the uploader. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}
