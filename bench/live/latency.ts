import { arrivals } from '../load/arrivals.ts'
import { seeded } from '../world/random.ts'
import { type Chatter, chatters } from './chat.ts'
import { connectAll } from './client.ts'
import { Durations, inCores, load, watchCpu } from './measure.ts'
import type { Choices } from './options.ts'
import { startStack } from './stack.ts'
import { until } from './until.ts'

export const defaults = { sockets: 5_000, rate: 1_000, seconds: 60, warm: 10 }

/** From the moment at which a message was meant to be sent until its recipient has it, both over sockets. */
export async function run(choices: Choices<typeof defaults>): Promise<void> {
  const { sockets, rate, seconds, warm } = choices.given
  await using stack = await startStack(choices)
  const talk = new Talk()
  const all = await chatters(stack, sockets, { onMessage: (content) => talk.received(content) })
  await connectAll(all.map(({ socket }) => socket))
  await until(() => all.every(({ cursor }) => cursor !== null), 60_000, 'a stream was not opened')
  await talk.among(all, all, rate, warm)
  await until(() => talk.missing === 0, 60_000, `${talk.missing} messages did not arrive`)
  talk.durations = new Durations()
  const cpu = watchCpu(stack.processes)
  await talk.among(all, all, rate, seconds)
  const cores = inCores(cpu())
  await until(() => talk.missing === 0, 60_000, `${talk.missing} messages did not arrive`)
  const incomplete = all.reduce((sum, each) => sum + each.incomplete, 0)
  console.log(`send to receive at ${rate}/s, ${sockets} sockets, ${choices.stack}: ${talk.durations}`)
  console.log(
    `refused ${talk.refused} ${talk.refusal ?? ''}, without the sender's name ${incomplete}; cores: ${cores}; load ${load()}`,
  )
  for (const { socket } of all) socket.end()
}

/** Messages between people who know nothing of each other. */
export class Talk {
  durations = new Durations()
  refused = 0
  /** The first one, for the person who has to find out why. */
  refusal: string | undefined
  readonly #meant = new Map<string, number>()
  readonly #name: number
  readonly #random: () => number
  #count = 0

  /** @param name unlike that of another talk of the same people */
  constructor(name = 1) {
    this.#name = name
    this.#random = seeded(name)
  }

  get missing(): number {
    return this.#meant.size
  }

  /** @param filling makes messages longer */
  async among(
    from: readonly Chatter[],
    to: readonly Chatter[],
    rate: number,
    seconds: number,
    filling = '',
  ): Promise<void> {
    await arrivals(rate, seconds, this.#random, (meant) => this.#send(from, to, meant, filling))
  }

  received(content: string): void {
    const [name = ''] = content.split(' ', 1)
    const meant = this.#meant.get(name)
    if (meant === undefined) return
    this.#meant.delete(name)
    this.durations.record(performance.now() - meant)
  }

  #send(senders: readonly Chatter[], recipients: readonly Chatter[], meant: number, filling: string): void {
    const from = this.#oneOf(senders)
    let to = from
    while (to === from) to = this.#oneOf(recipients)
    const name = `${this.#name}-${this.#count++}`
    this.#meant.set(name, meant)
    from.send(to, `${name} ${filling}`, name).catch((error: Error) => {
      this.refused++
      this.refusal ??= error.message
      this.#meant.delete(name)
    })
  }

  #oneOf(all: readonly Chatter[]): Chatter {
    return all[Math.floor(this.#random() * all.length)] as Chatter // within its length
  }
}
