/** Who did what to whom. */
export interface Edge {
  readonly from: number
  readonly to: number
}

export interface Sent extends Edge {
  readonly text: string
}

/** What was acknowledged, as the clients know it. Texts are unique. */
export class Ledger {
  /** Whether a user likes a video, and follows a user: by `from to`. */
  readonly likes = new Map<string, boolean>()
  readonly follows = new Map<string, boolean>()
  readonly comments: Sent[] = []
  readonly messages: Sent[] = []
}

export const keyOf = ({ from, to }: Edge): string => `${from} ${to}`
