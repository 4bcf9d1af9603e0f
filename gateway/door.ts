import type { Readable } from 'node:stream'
import type { ExecutionResult } from 'graphql'

/** Who stands at the door. */
export interface Caller {
  /** The bearer token as the client sent it, or null for nobody. */
  readonly token: string | null
  readonly requestId: string
  /** `http(s)://host[:port]` under which the client reaches us. */
  readonly origin: string
  /** Aborts when the client is gone. */
  readonly signal?: AbortSignal
}

/** An operation of our own clients: known when the process starts, so it can be parsed, validated and planned ahead. */
export interface TrustedOperation {
  readonly name: string
  readonly document: string
}

/**
 * The graph as a function call, for doors that speak another language than GraphQL over HTTP. In the gateway's process it
 * is the gateway itself; elsewhere an HTTP client that behaves the same.
 */
export interface GraphDoor {
  /**
   * Never throws for a fault of the request: faults are in `errors`, with a code of the catalogue. A token that is no good
   * is UNAUTHENTICATED, whatever the operation.
   */
  execute(
    operation: TrustedOperation,
    variables: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<ExecutionResult>

  /**
   * Sends a file to the address that `createUpload` gave. Consumes `file` to its end or destroys it.
   * @throws PAYLOAD_TOO_LARGE, BAD_USER_INPUT for a file that was cut short, UNAUTHENTICATED for a stale address
   */
  upload(url: string, file: Readable, caller: Caller): Promise<{ uploadId: string; bytes: number }>
}
