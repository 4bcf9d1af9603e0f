import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { eventually } from '../../test/testkit/eventually.ts'
import { startS3 } from '../../test/testkit/s3-server.ts'
import { StartError } from '../env.ts'
import { codeOf } from '../errors.ts'
import { DiskStorage } from './disk.ts'
import { isKey } from './key.ts'
import { S3Storage } from './s3.ts'
import type { ObjectStorage } from './storage.ts'

interface Twin {
  readonly name: string
  /** `leftovers` counts what is stored beside whole objects, such as parts of unfinished ones. */
  readonly open: () => Promise<AsyncDisposable & { storage: ObjectStorage; leftovers: () => Promise<number> }>
}

const disk: Twin = {
  name: 'disk',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'storage-'))
    const storage = await DiskStorage.open(folder)
    return {
      storage,
      leftovers: async () => (await readdir(join(folder, '.incomplete'))).length,
      async [Symbol.asyncDispose]() {
        await storage[Symbol.asyncDispose]()
        await rm(folder, { recursive: true })
      },
    }
  },
}

const s3: Twin = {
  name: 'S3',
  async open() {
    const server = await startS3()
    const storage = await S3Storage.open(server.url)
    return {
      storage,
      leftovers: server.unfinished,
      async [Symbol.asyncDispose]() {
        await storage[Symbol.asyncDispose]()
        await server[Symbol.asyncDispose]()
      },
    }
  },
}

/** More than S3 takes in one part. */
const long = 12_000_000
const maxBytes = 20_000_000
async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}
async function* failing(bytes: number): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(bytes)
  throw new RangeError('the source broke')
}
const text = async (storage: ObjectStorage, key: string) => (await buffer((await storage.read(key)).stream)).toString()
const keys = async (storage: ObjectStorage, prefix: string) => {
  const found: string[] = []
  for await (const { key } of storage.list(prefix)) found.push(key)
  return found.sort()
}
const rejects = (work: Promise<unknown>, code: string) => assert.rejects(work, (error) => codeOf(error) === code)

for (const twin of [disk, s3]) {
  describe(`object storage on ${twin.name}`, () => {
    it('gives back what was written, and its size', async () => {
      await using it = await twin.open()
      assert.deepEqual(await it.storage.write('a/b.txt', chunks('hello ', 'world'), { maxBytes }), { bytes: 11 })
      assert.equal(await text(it.storage, 'a/b.txt'), 'hello world')
      assert.equal((await it.storage.stat('a/b.txt'))?.bytes, 11)
      assert.equal(await it.storage.stat('a'), undefined)
      assert.equal(await it.storage.stat('a/b.txt/c'), undefined)
    })

    it('accepts an empty object and one of exactly the limit', async () => {
      await using it = await twin.open()
      assert.deepEqual(await it.storage.write('empty', chunks(), { maxBytes: 3 }), { bytes: 0 })
      assert.deepEqual(await it.storage.write('full', chunks('abc'), { maxBytes: 3 }), { bytes: 3 })
      assert.equal(await text(it.storage, 'empty'), '')
    })

    it('takes a long object that comes in thousands of pieces', async () => {
      await using it = await twin.open()
      let sent = 0
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (; sent < long; sent += 4_000) yield Buffer.alloc(4_000, sent / 4_000)
      }
      assert.deepEqual(await it.storage.write('long', pieces(), { maxBytes }), { bytes: long })
      const { stream, size } = await it.storage.read('long', { start: long - 4_001, end: long - 1 })
      assert.equal(size, long)
      assert.deepEqual([...new Set(await buffer(stream))], [(long / 4_000 - 2) % 256, (long / 4_000 - 1) % 256])
      assert.equal(await it.leftovers(), 0)
    })

    it('reads every range as the same slice of the bytes', async () => {
      await using it = await twin.open()
      const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 251))
      await it.storage.write('range', chunks(bytes), { maxBytes })
      await fc.assert(
        fc.asyncProperty(fc.nat(299), fc.nat(299), async (a, b) => {
          const [start, end] = a < b ? [a, b] : [b, a]
          const { stream, size } = await it.storage.read('range', { start, end })
          assert.equal(size, 300)
          assert.deepEqual(await buffer(stream), bytes.subarray(start, end + 1))
        }),
        { numRuns: 50 },
      )
      await rejects(it.storage.read('range', { start: 0, end: 300 }), 'BAD_USER_INPUT')
      await rejects(it.storage.read('range', { start: 2, end: 1 }), 'BAD_USER_INPUT')
    })

    it('leaves nothing, and keeps the former object, when a write is too large, fails or is aborted', async () => {
      await using it = await twin.open()
      await it.storage.write('kept', chunks('before'), { maxBytes })
      const silent = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        await new Promise(() => {})
      }
      for (const key of ['kept', 'new']) {
        await rejects(it.storage.write(key, chunks('abc', 'd'), { maxBytes: 3 }), 'PAYLOAD_TOO_LARGE')
        await rejects(it.storage.write(key, chunks(Buffer.alloc(long)), { maxBytes: long - 1 }), 'PAYLOAD_TOO_LARGE')
        for (const bytes of [4, long])
          await assert.rejects(it.storage.write(key, failing(bytes), { maxBytes }), RangeError)
        const controller = new AbortController()
        const write = it.storage.write(key, silent(), { maxBytes, signal: controller.signal })
        controller.abort(new EvalError('gone'))
        await assert.rejects(write, EvalError)
        await assert.rejects(it.storage.write(key, chunks('x'), { maxBytes, signal: controller.signal }), EvalError)
      }
      assert.equal(await text(it.storage, 'kept'), 'before')
      assert.equal(await it.storage.stat('new'), undefined)
      assert.deepEqual(await keys(it.storage, ''), ['kept'])
      assert.equal(await it.leftovers(), 0)
    })

    it('shows the former object until the new one is whole', async () => {
      await using it = await twin.open()
      await it.storage.write('k', chunks('before'), { maxBytes })
      const during: string[] = []
      const watching = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('after')
        during.push(await text(it.storage, 'k'), ...(await keys(it.storage, '')))
      }
      await it.storage.write('k', watching(), { maxBytes })
      assert.deepEqual(during, ['before', 'k'])
      assert.equal(await text(it.storage, 'k'), 'after')
    })

    it('leaves one whole object when writers of the same key race', async () => {
      await using it = await twin.open()
      const bodies = Array.from({ length: 10 }, (_, i) => String(i).repeat(1000))
      await Promise.all(
        bodies.map((body) => it.storage.write('same', chunks(body.slice(0, 500), body.slice(500)), { maxBytes })),
      )
      assert.ok(bodies.includes(await text(it.storage, 'same')))
      assert.equal(await it.leftovers(), 0)
    })

    it('moves once, and answers a repeated move with success', async () => {
      await using it = await twin.open()
      await it.storage.write('incoming/1', chunks('video'), { maxBytes })
      await it.storage.move('incoming/1', 'video/1.mp4')
      await it.storage.move('incoming/1', 'video/1.mp4')
      assert.equal(await text(it.storage, 'video/1.mp4'), 'video')
      assert.equal(await it.storage.stat('incoming/1'), undefined)
      await rejects(it.storage.move('incoming/2', 'video/2.mp4'), 'NOT_FOUND')
      await rejects(it.storage.move('video', 'elsewhere'), 'NOT_FOUND')
    })

    it('deletes once, and answers a repeated delete with success', async () => {
      await using it = await twin.open()
      await it.storage.write('x/y', chunks('1'), { maxBytes })
      await it.storage.delete('x/y')
      await it.storage.delete('x/y')
      await it.storage.delete('never/was')
      await rejects(it.storage.read('x/y'), 'NOT_FOUND')
    })

    it('lists the objects below a prefix, sizes included', async () => {
      await using it = await twin.open()
      for (const key of ['in/1', 'in/2', 'in/deep/3', 'inner', 'out/4'])
        await it.storage.write(key, chunks(key), { maxBytes })
      assert.deepEqual(await keys(it.storage, 'in/'), ['in/1', 'in/2', 'in/deep/3'])
      assert.deepEqual(await keys(it.storage, 'in'), ['in/1', 'in/2', 'in/deep/3', 'inner'])
      assert.deepEqual(await keys(it.storage, 'in/de'), ['in/deep/3'])
      assert.deepEqual(await keys(it.storage, 'none/'), [])
      for await (const { key, bytes } of it.storage.list('')) assert.equal(bytes, key.length)
    })

    it('lends an object as a local file', async () => {
      await using it = await twin.open()
      await it.storage.write('lent', chunks('content'), { maxBytes })
      assert.equal(await it.storage.withLocalFile('lent', (path) => readFile(path, 'utf8')), 'content')
      await rejects(
        it.storage.withLocalFile('missing', async () => {}),
        'NOT_FOUND',
      )
    })

    it('refuses keys that lead elsewhere, in every method', async () => {
      await using it = await twin.open()
      for (const key of ['', '/etc/passwd', '../x', 'a/../../x', 'a//b', 'a/', '.incomplete/x', 'a\\b', 'a\0b', 'é']) {
        await rejects(it.storage.write(key, chunks('x'), { maxBytes }), 'BAD_USER_INPUT')
        await rejects(it.storage.read(key), 'BAD_USER_INPUT')
        await rejects(it.storage.stat(key), 'BAD_USER_INPUT')
        await rejects(it.storage.delete(key), 'BAD_USER_INPUT')
        await rejects(it.storage.move(key, 'b'), 'BAD_USER_INPUT')
        await rejects(it.storage.move('b', key), 'BAD_USER_INPUT')
      }
      await rejects(keys(it.storage, '../'), 'BAD_USER_INPUT')
    })
  })
}

describe('disk storage', () => {
  it('clears the parts of killed writers when it opens, and spares those that are still written', async () => {
    await using it = await disk.open()
    const folder = await it.storage
      .write('k', chunks('x'), { maxBytes })
      .then(() => it.storage.withLocalFile('k', async (path) => join(path, '..')))
    for (const name of ['dead', 'alive']) await writeFile(join(folder, '.incomplete', name), 'part')
    await utimes(join(folder, '.incomplete', 'dead'), 1_000, 1_000)
    await utimes(join(folder, '.incomplete', 'alive'), 9_000, 9_000)
    await DiskStorage.open(folder, { now: () => 10_000_000 })
    assert.deepEqual(await readdir(join(folder, '.incomplete')), ['alive'])
  })

  it('closes its files when a reader leaves early', async () => {
    await using it = await disk.open()
    await it.storage.write('k', chunks(Buffer.alloc(900_000)), { maxBytes })
    const open = async () => (await readdir('/proc/self/fd')).length
    const before = await open()
    const streams: Readable[] = []
    for (let i = 0; i < 20; i++) streams.push((await it.storage.read('k')).stream)
    await Promise.all(streams.map((stream) => new Promise((closed) => stream.once('close', closed).destroy())))
    assert.ok((await open()) <= before)
  })
})

describe('storage on S3', () => {
  it('is not started with a bucket, key or secret that are not right', async () => {
    await using server = await startS3()
    for (const [right, wrong] of [
      ['/media', '/elsewhere'],
      ['//S3RVER', '//SOMEBODY'],
    ] as const)
      await assert.rejects(
        S3Storage.open(server.url.replace(right, wrong)),
        (error) => error instanceof StartError && /STORAGE_URL/.test(error.message),
      )
  })

  it('refuses while the server is away, and goes on when it is back', async () => {
    await using server = await startS3()
    server.away = true
    await using storage = await S3Storage.open(server.url)
    await rejects(storage.write('k', chunks('x'), { maxBytes }), 'UNAVAILABLE')
    server.away = false
    await storage.write('k', chunks('x'), { maxBytes })
    server.away = true
    for (const ask of [
      () => storage.read('k'),
      () => storage.stat('k'),
      () => storage.move('k', 'l'),
      () => storage.delete('k'),
      () => keys(storage, ''),
    ])
      await rejects(ask(), 'UNAVAILABLE')
    server.away = false
    assert.equal(await text(storage, 'k'), 'x')
  })

  it('gives up its part of an upload when the server goes away in the middle', async () => {
    await using server = await startS3()
    await using storage = await S3Storage.open(server.url)
    let ended = false
    const body = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (let sent = 0; sent < maxBytes; sent += 1_000_000) {
          server.away = sent > 12_000_000
          yield Buffer.alloc(1_000_000)
        }
      } finally {
        ended = true
      }
    }
    await rejects(storage.write('k', body(), { maxBytes }), 'UNAVAILABLE')
    assert.equal(ended, true)
    server.away = false
    assert.equal(await storage.stat('k'), undefined)
  })

  it('lets go of the connection when a reader leaves early', async () => {
    await using server = await startS3()
    await using storage = await S3Storage.open(server.url)
    await storage.write('k', chunks(Buffer.alloc(long)), { maxBytes })
    const { stream } = await storage.read('k')
    assert.equal(await server.connections(), 1)
    stream.destroy()
    await eventually(async () => (await server.connections()) === 0)
  })
})

describe('object keys', () => {
  it('never resolve outside of their folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '..', '/', 'a', 'b', '\\', '%2e') }), (key) => {
        fc.pre(isKey(key))
        assert.ok(join('/root', key).startsWith('/root/'))
        assert.ok(!key.split('/').some((segment) => segment.startsWith('.') || segment === ''))
      }),
    )
  })
})
