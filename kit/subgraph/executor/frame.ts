import type { GraphQLResolveInfo } from 'graphql'

/** Where in the answer an object or a list is. */
export class Frame {
  readonly holder: object
  readonly key: string | number
  readonly nullable: boolean
  readonly above: Frame | undefined

  constructor(holder: object, key: string | number, nullable: boolean, above: Frame | undefined) {
    this.holder = holder
    this.key = key
    this.nullable = nullable
    this.above = above
  }

  get path(): GraphQLResolveInfo['path'] {
    return { prev: this.above?.path, key: this.key, typename: undefined }
  }
}

export function pathOf(above: Frame | undefined, key: string | number): (string | number)[] {
  const path = [key]
  for (let frame = above; frame !== undefined; frame = frame.above) path.push(frame.key)
  return path.reverse()
}
