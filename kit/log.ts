import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level?: string
  /** One JSON object a line, for machines; otherwise coloured lines for a person. */
  readonly json?: boolean
  /** Which of several processes of one command this is. */
  readonly worker?: number | undefined
}

/** The process's log. No token, password or signed address may reach it. */
export async function createLog({ level = 'info', json = true, worker }: LogOptions = {}): Promise<Logger> {
  const options = {
    level,
    base: worker === undefined ? null : { worker },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie'],
  }
  if (json) {
    output ??= together()
    return pino(options, output)
  }
  const { PinoPretty } = await import('pino-pretty')
  return pino(options, PinoPretty({ translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true }))
}

/** Of all logs of the process. */
let output: Output | undefined

interface Output {
  write(line: string): void
  flushSync(): void
}

/**
 * Standard output, to which lines of the same moment go together: a system call costs as much as all else about a line.
 * Whoever reads them slowly holds up the process: lines that wait would take its memory, and be lost or out of order at
 * its end. What is left then, or after a fatal line, goes at once.
 */
function together(moment = 20): Output {
  const stream = pino.destination({ sync: true, minLength: 8_192 })
  let waiting = false
  const flush = () => {
    waiting = false
    stream.flush()
  }
  process.on('exit', flush)
  return {
    write(line) {
      stream.write(line)
      if (waiting) return
      waiting = true
      setTimeout(flush, moment).unref()
    },
    flushSync: flush,
  }
}

/** Parameters of an address that nobody may read: secrets, what people write to each other, and operations, which hold both. */
const secret = new Set(['token', 'password', 'content', 'comment_text', 'query', 'variables'])

/**
 * Secrets, private text and upload tickets out of a URL, before anything sees it. It is read as the router reads it: names
 * decoded, and the parameters begin at the first `?` or `#`.
 */
export function redactUrl(url: string): string {
  const at = url.search(/[?#]/)
  if (at < 0) return redactPath(url)
  const parameters = url.slice(at + 1).split('&')
  return redactPath(url.slice(0, at)) + url[at] + parameters.map(redactParameter).join('&')
}

function redactParameter(parameter: string): string {
  const end = parameter.indexOf('=')
  if (end < 0) return parameter
  const name = parameter.slice(0, end)
  const read = name.includes('%') ? decoded(name) : name
  return read === undefined || secret.has(read.toLowerCase()) ? `${name}=***` : parameter
}

function redactPath(path: string): string {
  const redacted = path.replace(ticket, '$1***')
  if (!path.includes('%') || redacted !== path) return redacted
  const read = decoded(path)
  return read === undefined || ticket.test(read) ? '***' : path
}

const ticket = /(\/upload\/+)[^/]+/

/** Undefined for what can't be decoded. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
