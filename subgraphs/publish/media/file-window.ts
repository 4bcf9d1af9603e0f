import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Refusal } from './verdict.ts'

const windowBytes = 4096

/** Reads numbers at any place of a file, synchronously: it belongs in a process that does nothing else. */
export class FileWindow implements Disposable {
  readonly size: number
  readonly #handle: number
  readonly #window = Buffer.alloc(windowBytes)
  #start = 0
  #length = 0

  constructor(path: string) {
    this.#handle = openSync(path, 'r')
    this.size = fstatSync(this.#handle).size
  }

  uint8(at: number): number {
    return this.#bytes(at, 1).readUInt8()
  }

  uint16(at: number): number {
    return this.#bytes(at, 2).readUInt16BE()
  }

  uint32(at: number): number {
    return this.#bytes(at, 4).readUInt32BE()
  }

  /** Above 2^53 the number is not exact, and far beyond every file. */
  uint64(at: number): number {
    return Number(this.#bytes(at, 8).readBigUInt64BE())
  }

  latin1(at: number, length: number): string {
    return this.#bytes(at, length).toString('latin1')
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle)
  }

  #bytes(at: number, length: number): Buffer {
    if (at + length > this.size) throw new Refusal('is cut short')
    if (at < this.#start || at + length > this.#start + this.#length) {
      this.#start = at
      this.#length = readSync(this.#handle, this.#window, 0, windowBytes, at)
      if (this.#length < length) throw new Refusal('is cut short')
    }
    return this.#window.subarray(at - this.#start, at - this.#start + length)
  }
}
