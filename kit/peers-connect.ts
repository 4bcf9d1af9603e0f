import type { Socket } from 'node:net'
import { buildConnector, errors } from 'undici'

/** Connects, or gives up after just so many milliseconds: the client's own timer may take twice as long. */
export function punctual(ms: number): buildConnector.connector {
  const connect = buildConnector({ timeout: 0 })
  return (options, callback) => {
    let over = false
    const giveUp = () => {
      if (!over) socket.destroy(new errors.ConnectTimeoutError(`no connection to ${options.hostname} within ${ms} ms`))
    }
    // After a pause of the process timers are served before sockets: let a connection that is there be seen first.
    const timer = setTimeout(() => setImmediate(giveUp), ms)
    // That it returns the socket is not in its type.
    const socket = connect(options, (...outcome) => {
      over = true
      clearTimeout(timer)
      callback(...outcome)
    }) as unknown as Socket
  }
}
