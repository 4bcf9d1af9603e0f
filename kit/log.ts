import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/** One JSON object a line; no token, password or signed address may reach it. */
export function createLog({ level = 'info', name }: { level?: string; name?: string } = {}): Logger {
  return pino({
    level,
    ...(name === undefined ? {} : { name }),
    base: name === undefined ? null : { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie'],
  })
}

/** `?token=` and upload tickets out of a URL, before anything sees it. */
export const redactUrl = (url: string): string =>
  url.replace(/([?&](?:token|password)=)[^&#]*/gi, '$1***').replace(/(\/upload\/)[^/?#]+/, '$1***')
