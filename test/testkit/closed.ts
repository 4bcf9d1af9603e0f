import type { Socket } from 'node:net'

/** Resolves when a socket is closed, also by a reset: `once` of node:events would reject then. */
export function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {}) // 'close' follows
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
