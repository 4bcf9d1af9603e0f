import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { redactUrl } from './log.ts'

test('addresses keep what finds a fault, and lose what nobody may read', () => {
  const addresses: [url: string, logged: string][] = [
    ['/douyin/feed/', '/douyin/feed/'],
    ['/douyin/feed/?latest_time=12&token=abc', '/douyin/feed/?latest_time=12&token=***'],
    ['/login/?username=a&PassWord=p%26q', '/login/?username=a&PassWord=***'],
    ['/login/?%70assword=p&a%74oken=1', '/login/?%70assword=***&a%74oken=1'],
    ['/login/?password=p#q', '/login/?password=***'],
    ['/login/#password=p', '/login/#password=***'],
    ['/login/?password=a?b=c', '/login/?password=***'],
    ['/chat/?to_user_id=7&content=a%20word', '/chat/?to_user_id=7&content=***'],
    ['/comment/?comment_text=a&video_id=7', '/comment/?comment_text=***&video_id=7'],
    [
      '/graphql?query={a(content:"b")}&variables={"a":1}&operationName=A',
      '/graphql?query=***&variables=***&operationName=A',
    ],
    ['/x?a&b=&%=1&token', '/x?a&b=&%=***&token'],
    ['/upload/abc.def?x=1', '/upload/***?x=1'],
    ['//upload//abc.def', '//upload//***'],
    ['/%75pload/abc.def', '***'],
    ['/upload%2Fabc.def', '***'],
    ['/media/%E7%86%8A.mp4', '/media/%E7%86%8A.mp4'],
    ['/media/%', '***'],
  ]
  for (const [url, logged] of addresses) assert.equal(redactUrl(url), logged)
})

test('no line is lost that was written before the end, whatever the end', async () => {
  const ends = {
    'nothing more to do': '',
    exit: 'process.exit(1)',
    'an error that nobody caught': "throw new Error('never caught')",
    'a fatal line, and a kill': "log.fatal('sixth'); process.kill(process.pid, 'SIGKILL')",
    'nothing for a while, and a kill': "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500)",
  }
  for (const [end, code] of Object.entries(ends)) {
    const script = `
      import { createLog } from '${new URL('log.ts', import.meta.url)}'
      const log = await createLog()
      for (let n = 1; n <= 5; n++) log.info(String(n))
      ${code}`
    const stdout = await new Promise<string>((resolve) =>
      execFile(process.execPath, ['--input-type=module', '--eval', script], (_, stdout) => resolve(stdout)),
    )
    const lines = stdout
      .trim()
      .split('\n')
      .map((line): string => JSON.parse(line).msg)
    assert.deepEqual(lines.slice(0, 5), ['1', '2', '3', '4', '5'], end)
  }
})

test('lines that are read slowly all come, in order, and do not wait in memory', {
  timeout: 30_000,
}, async (context) => {
  const script = `
    import { createLog } from '${new URL('log.ts', import.meta.url)}'
    const log = await createLog()
    const write = (from) => {
      if (from === 20_000) process.exit()
      process.send(from)
      for (let n = from; n < from + 500; n++) log.info({ n, text: 'x'.repeat(1_000) })
      setImmediate(write, from + 500)
    }
    write(0)`
  const writer = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  context.after(() => writer.kill('SIGKILL'))
  let written = 0
  writer.on('message', () => written++)
  await once(writer, 'message')
  await sleep(300)
  assert.ok(written <= 2, `${written} times 500 kB wait in the process`)
  const chunks: Buffer[] = []
  writer.stdout?.on('data', (chunk) => chunks.push(chunk))
  await once(writer, 'close')
  const lines = Buffer.concat(chunks).toString().trim().split('\n')
  assert.deepEqual(
    lines.map((line): number => JSON.parse(line).n),
    lines.map((_, n) => n),
  )
  assert.equal(lines.length, 20_000)
})
