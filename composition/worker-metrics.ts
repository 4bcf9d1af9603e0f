import cluster from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'

/** Whichever worker is asked for metrics answers for all of them: it asks its supervisor, which asks them. */
type Question = { readonly metricsFor?: number }
type Answer = { readonly metricsOf?: number; readonly text?: string }

/** In the supervisor: sums the metrics of all workers. */
export function answerForAll(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', async (worker, { metricsFor }: Question) => {
    if (metricsFor === undefined) return
    const text = await all.clusterMetrics().catch(() => '# a worker did not answer\n')
    if (worker.isConnected()) worker.send({ metricsOf: metricsFor, text } satisfies Answer)
  })
}

/** In a worker: reads the metrics of all workers, this one included. */
export function metricsOfAll(own: Registry): () => Promise<string> {
  new AggregatorRegistry() // listens for the supervisor's question
  AggregatorRegistry.setRegistries(own)
  const waiting = new Map<number, (text: string) => void>()
  let asked = 0
  process.on('message', ({ metricsOf, text = '' }: Answer) => {
    if (metricsOf === undefined) return
    waiting.get(metricsOf)?.(text)
    waiting.delete(metricsOf)
  })
  return () =>
    new Promise((resolve) => {
      waiting.set(++asked, resolve)
      process.send?.({ metricsFor: asked } satisfies Question)
    })
}
