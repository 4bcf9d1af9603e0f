import { enableCompileCache } from 'node:module'

// A quarter of the time to start is compiling what was compiled the last time.
enableCompileCache()
const { main } = await import('./composition/main.ts')
await main(process.argv.slice(2))
