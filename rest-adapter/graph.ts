import type { Readable } from 'node:stream'
import type { GraphQLError } from 'graphql'
import type { Caller, GraphDoor } from '../gateway/door.ts'
import { AppError, catalogue, type ErrorCode, errors } from '../kit/errors.ts'
import type { Data, LoadedOperations, OperationName, Variables } from './operations.ts'

/** What an operation brought. `data` may have holes; `faults` tell why. */
export interface Answer<Name extends OperationName> {
  readonly data: Data<Name>
  readonly faults: readonly AppError[]
}

/** The graph, as one caller sees it. */
export class Graph {
  readonly #door: GraphDoor
  readonly #operations: LoadedOperations
  readonly #caller: Caller

  constructor(door: GraphDoor, operations: LoadedOperations, caller: Caller) {
    this.#door = door
    this.#operations = operations
    this.#caller = caller
  }

  /** @throws the first fault when there is no data at all, and UNAUTHENTICATED in any case */
  async ask<Name extends OperationName>(name: Name, variables: Variables<Name>): Promise<Answer<Name>> {
    const result = await this.#door.execute(this.#operations[name], variables, this.#caller)
    const faults = (result.errors ?? []).map(faultOf)
    const refused = faults.find((fault) => fault.code === 'UNAUTHENTICATED')
    if (refused) throw refused
    if (result.data == null) throw faults[0] ?? errors.unavailable('graph')
    return { data: result.data as Data<Name>, faults } // the generated types describe exactly this document
  }

  /** Sends a file to the address that `CreateUpload` gave. */
  upload(url: string, file: Readable): ReturnType<GraphDoor['upload']> {
    return this.#door.upload(url, file, this.#caller)
  }
}

/** A part without which there is no answer. @throws the fault that left it out, or NOT_FOUND when nothing went wrong */
export function needed<Value>(
  value: Value | null | undefined,
  faults: readonly AppError[],
  subject: string,
  key: string,
): Value {
  if (value != null) return value
  throw faults[0] ?? errors.notFound(subject, key)
}

/** A code that is not in the catalogue means that one of our own documents was refused: our fault, not the client's. */
function faultOf({ message, extensions }: GraphQLError): AppError {
  const code = extensions?.['code']
  const known: ErrorCode =
    typeof code === 'string' && Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'INTERNAL_SERVER_ERROR'
  const subject = extensions?.['subject']
  return new AppError(known, message, typeof subject === 'string' ? subject : undefined)
}
