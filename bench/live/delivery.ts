import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../world/random.ts'
import { type Chatter, chatters } from './chat.ts'
import { connectAll } from './client.ts'
import { Ledger } from './ledger.ts'
import { inCores, load, watchCpu } from './measure.ts'
import type { Choices } from './options.ts'
import { type LiveStack, startStack } from './stack.ts'
import { until } from './until.ts'

export const defaults = { messages: 100_000, clients: 1_000, cuts: 2_500, kills: 8, rate: 800, database: 1 }

/** Everybody writes to everybody while sockets are cut and processes are killed, and then everything has to have arrived. */
export async function run(choices: Choices<typeof defaults>): Promise<void> {
  const { messages, clients, cuts, kills, rate, database } = choices.given
  await using stack = await startStack(choices)
  const ledger = new Ledger()
  const all = await chatters(stack, clients, {
    onMessage: (content, to) => {
      const [from = '', number = ''] = content.split(' ')
      ledger.arrived(`${from}>${to.id}`, Number(number))
    },
    returnsAfter: (attempt) => Math.min(2_000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2),
  })
  await connectAll(all.map(({ socket }) => socket))
  await until(() => all.every(({ cursor }) => cursor !== null), 60_000, 'a stream was not opened')
  const random = seeded(11)
  const cpu = watchCpu(stack.processes)
  const began = performance.now()
  const progress = () => ledger.acknowledged / messages
  const sending = send(all, { messages, rate, random, ledger })
  const cutting = cut(all, cuts, progress, random)
  const victims = stack.victims.filter(({ name }) => database > 0 || name !== 'MariaDB')
  const killed = kill(victims, kills, progress, random)
  await sending
  const took = (performance.now() - began) / 1_000
  const cores = inCores(cpu())
  await Promise.all([cutting, killed])
  await until(() => ledger.missing === 0, 120_000, 'not everything arrived').catch(() => {}) // told below
  await sleep(2_000) // for what may come twice
  const openings = all.reduce((sum, { socket }) => sum + socket.openings - 1, 0)
  const sum = (of: 'resets' | 'incomplete') => all.reduce((total, each) => total + each[of], 0)
  console.log(`${clients} clients, ${choices.stack}: ${ledger}`)
  console.log(`cut ${await cutting}, killed ${JSON.stringify(await killed)}, sockets opened again ${openings}`)
  console.log(`resets ${sum('resets')}, without the sender's name ${sum('incomplete')}`)
  console.log(
    `${Math.round(messages / took)} messages a second for ${took.toFixed(0)} s; cores: ${cores}; load ${load()}`,
  )
  warnings(stack)
  for (const { socket } of all) socket.end()
  if (ledger.missing + ledger.doubled.length + ledger.disordered.length + sum('resets') > 0) process.exitCode = 1
}

interface Sending {
  readonly messages: number
  readonly rate: number
  readonly random: () => number
  readonly ledger: Ledger
}

/** Each sender has one message under way, repeats it under its name until it is acknowledged, and then sends the next. */
async function send(all: readonly Chatter[], { messages, rate, random, ledger }: Sending): Promise<void> {
  const perSender = messages / all.length
  const pause = (1_000 * all.length) / rate
  const counts = new Map<string, number>()
  await Promise.all(
    all.map(async (from, place) => {
      for (let n = 0; n < perSender; n++) {
        await sleep(pause * (0.5 + random()))
        // A few peers each, so that pairs have many messages whose order can be seen.
        const to = all[(place + 1 + Math.floor(random() * 5)) % all.length] as Chatter // within its length
        const pair = `${from.id}>${to.id}`
        const number = counts.get(pair) ?? 0
        counts.set(pair, number + 1)
        for (;;) {
          try {
            await from.send(to, `${from.id} ${number}`, `${to.id}-${number}`)
            break
          } catch {
            await sleep(50 + 100 * random())
          }
        }
        ledger.acknowledged++
        ledger.sent(pair, number)
      }
    }),
  )
}

/** Spread over the whole run. @returns how many were really cut */
async function cut(all: readonly Chatter[], cuts: number, progress: () => number, random: () => number) {
  let done = 0
  while (done < cuts && progress() < 1) {
    while (done < cuts * progress()) {
      const { socket } = all[Math.floor(random() * all.length)] as Chatter // within its length
      if (!socket.live) break
      socket.cut()
      done++
    }
    await sleep(10)
  }
  return done
}

/** In turns, spread over the whole run; each is started again a moment later. @returns how often each died */
async function kill(victims: LiveStack['victims'], kills: number, progress: () => number, random: () => number) {
  const counts: Record<string, number> = {}
  for (let n = 0; n < kills; n++) {
    while (progress() < (n + 0.5) / (kills + 0.5)) await sleep(20)
    const victim = victims[n % victims.length]
    if (!victim) break
    counts[victim.name] = (counts[victim.name] ?? 0) + 1
    await victim.kill9()
    await sleep(200 + 1_000 * random())
    for (;;) {
      try {
        await victim.start()
        break
      } catch {
        await sleep(500) // one that can't start without another that is away just now
      }
    }
  }
  return counts
}

function warnings({ log }: LiveStack): void {
  const faults = log
    .filter((line) => Number(line['level']) >= 50)
    .map(({ msg, ...line }) => `${msg}: ${(line['err'] as { stack?: string } | undefined)?.stack}`) // as pino writes it
  for (const [what, lines] of Map.groupBy(faults, (text) => text))
    console.log(`the app's log: ${lines.length} × ${what}`)
}
