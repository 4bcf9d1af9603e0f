import type { IncomingMessage, Server } from 'node:http'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import type { originOf } from '../../kit/http-server.ts'
import { refuseUpgrade, routeUpgrades } from '../../kit/subgraph/ws-upgrades.ts'
import type { Live } from './live.ts'
import { Socket } from './socket.ts'

export interface AttachOptions {
  readonly live: Live
  /** `http(s)://host[:port]` of a request. */
  readonly originOf: ReturnType<typeof originOf>
  readonly path?: string
}

/** Takes graphql-transport-ws on a server, beside whatever it does with HTTP. @returns what stops taking new sockets */
export function attachSubscriptions(server: Server, { live, originOf, path = '/graphql' }: AttachOptions): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Some 40 kB a socket for a window that small messages hardly use.
    perMessageDeflate: false,
    maxPayload: live.caps.messageBytes,
    // Any offer is taken first: a client whose offer was refused would never see the close code that says why.
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : ([...offered][0] ?? false),
  })
  return routeUpgrades(server, path, (request, socket, head) => {
    if (live.connections.closed) return refuseUpgrade(socket, '503 Service Unavailable')
    sockets.handleUpgrade(request, socket, head, (ws) => {
      new Socket(ws, request.socket, originOf(asRequest(request)), live)
    })
  })
}

const asRequest = ({ headers, socket }: IncomingMessage) => ({
  headers,
  protocol: 'encrypted' in socket ? ('https' as const) : ('http' as const),
  host: headers.host ?? '',
})
