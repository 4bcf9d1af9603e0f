import { defineConfig } from 'vite'

export default defineConfig({
  base: '/playground/',
  build: {
    target: 'es2022',
    // The editor is one big chunk by nature, and this page is fetched once and then cached for ever.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      onLog: (level, log, write) => {
        // Dependencies mark files for React Server Components; in a browser build each mark is a line of noise.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') write(level, log)
      },
    },
  },
})
