import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level?: string
  /** One JSON object a line, for machines; otherwise coloured lines for a person. */
  readonly json?: boolean
}

/** The process's log. No token, password or signed address may reach it. */
export async function createLog({ level = 'info', json = true }: LogOptions = {}): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie'],
  }
  if (json) return pino(options)
  const { PinoPretty } = await import('pino-pretty')
  return pino(options, PinoPretty({ translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true }))
}

/** `?token=`, passwords and upload tickets out of a URL, before anything sees it. */
export const redactUrl = (url: string): string =>
  url.replace(/([?&](?:token|password)=)[^&#]*/gi, '$1***').replace(/(\/upload\/)[^/?#]+/, '$1***')
