/** Something went wrong that its message explains whole, in one line. */
export class SeedFault extends Error {
  override readonly name: string = 'SeedFault'
}
