/** What has been opened, to be closed in the opposite order. */
export class Lifetime {
  readonly #closers: (() => Promise<void>)[] = []
  readonly #leavers: (() => Promise<void>)[] = []

  onClose(close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  /** For what takes time and must not be hurried: it begins as soon as the process knows that it is to stop. */
  onLeave(leave: () => Promise<void>): void {
    this.#leavers.push(leave)
  }

  async leave(): Promise<void> {
    await Promise.all(this.#leavers.map((leave) => leave()))
  }

  /** One that fails keeps none from being closed. @throws the first failure, in the end */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) await close().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
}
