import { enableCompileCache } from 'node:module'

// A quarter of the time to start is compiling what was compiled the last time. Where NODE_COMPILE_CACHE says so already, as
// in the image, this file is found compiled too.
enableCompileCache()
await import('./composition/engine.ts')
const { main } = await import('./composition/main.ts')
await main(process.argv.slice(2))
